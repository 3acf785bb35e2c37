"""Values as statements of readable C: a loop nest for each, its sums gathered inside.

What is stored has an array of its own name, ``h[i][j]``; everything else is spelled
where it is read. A sum or a product of matrices is gathered in the loops that are open,
unless that would compute it again and again: then it is stored first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from clearprop.graph import Node
from clearprop.training.native.access import (
    Access,
    flat,
    index_along,
    source_index,
    through_views,
    unflattened,
)
from clearprop.training.native.spelling import c_type
from clearprop.training.native.values import Index, Shape, Value, along, region_axes

# How a reduction begins, what takes an entry, and what it is called.
_GATHERS = {
    "sum": ("sum", "0", "{r} += {x};"),
    "prod": ("product", "1", "{r} *= {x};"),
    "any": ("any", "0", "{r} |= {x} != 0;"),
    "all": ("all", "1", "{r} &= {x} != 0;"),
    "max": ("largest", "-INFINITY", "if (!({x} <= {r})) {r} = {x};"),
    "min": ("smallest", "INFINITY", "if (!({x} >= {r})) {r} = {x};"),
}
_ONCE = ("sum", "prod", "any", "all")
_SPELLED = ("number", "counted", "eye", "view", "reshape", "array")
_INLINE = ("map", "pick", "mark")


class Statements(Access):
    """Writes statements; ``stored`` says which array holds a value."""

    def __init__(self, names: set[str], nodes: Sequence[Node] = ()) -> None:
        """``names`` are taken: by arguments and by the arrays to come.

        ``nodes`` are those of the graph, which hold its constants.
        """
        self._nodes = nodes
        self.stored: dict[Value, str] = {}
        self.declared: dict[str, Value] = {}
        self.constants: dict[str, Value] = {}  # arrays that the forward pass makes
        self.labels: dict[Value, int] = {}  # read as positions along so many entries
        self._names = names
        self._loops = [n for n in "ijklmnpqrs" if n not in names]
        self._lines: list[str] = []
        self._depth = 1
        self._open: list[str] = []  # the loop variables of the loops we are in
        self._gathered: dict[tuple[Value, Index], str] = {}
        self._begun: list[str] = []  # sums whose loops we are in

    def taken(self) -> list[str]:
        """The lines written since it was last asked."""
        lines, self._lines = self._lines, []
        return lines

    def end(self) -> None:
        """A function ends, and with it the sums of its own."""
        self._gathered = {}

    def line(self, text: str) -> None:
        """One line at the depth of the open loops."""
        self._lines.append("  " * self._depth + text)

    # -- statements ----------------------------------------------------------------

    def store(self, v: Value, name: str) -> None:
        """Compute a value into the array of this name."""
        base, _ = through_views(v, ("0",) * len(v.shape))
        if base.size == v.size and base.op not in ("array", "number"):
            v = base  # the same entries: keepdims changes nothing in C
        if v in self.stored or v.op in _SPELLED:
            return
        before = self.declared.get(name)
        here = before is not None and self.stored.get(before) == name
        if before is not None and before.shape != v.shape:
            name, here = self._fresh(name), False
        if v.op == "assemble":
            self._assemble(v, name, here)
        elif v.op == "mark":
            if not (here and v.inputs[0] is before):
                self._entries(v.inputs[0], name)
            self._mark_entries(v, name)
        else:
            if here and not self._only_at_itself(v, before):
                name = self._fresh(name)
            self._entries(v, name)
        if self.declared.get(name) is not None and self.declared[name] is not v:
            self.stored.pop(self.declared[name], None)
        self.declared[name] = v
        self.stored[v] = name

    def whole(self, v: Value, name: str) -> None:
        """See that a value can be read entry by entry: store it unless it is."""
        base, _ = through_views(v, ("0",) * len(v.shape))
        if base not in self.stored and base.op not in ("number", "counted", "eye"):
            computed = base if v.op in _SPELLED else v
            self.store(computed, self._fresh(name) if name in self.declared else name)

    def copied(self, v: Value, name: str) -> str:
        """The array that a value is copied into: what it is read from will change."""
        name = self._fresh(name)
        self._entries(v, name)
        self.declared[name] = v
        return name

    def is_one_of(self, v: Value, names: Collection[str]) -> bool:
        """Whether a value is read from an array of these names."""
        base, _ = through_views(v, ("0",) * len(v.shape))
        return self.stored.get(base) in names

    def entry(self, v: Value) -> str:
        """A single number as an expression; what it needs is written before."""
        idx = ("0",) * len(v.shape)
        self._prepare(v, idx)
        return bare(self._computed(v, idx))

    def refuse_labels(self) -> None:
        """Return NAN where a label lies outside: the arrays end there."""
        for v, n in self.labels.items():
            with self._over(v.shape) as idx:
                read = self.load if v.op == "array" else self.expression
                label = grouped(read(v, idx))
                below = "" if v.dtype.kind in "ub" else f"{label} < 0 || "
                self.line(f"if ({below}{label} >= {n}) return NAN;")

    def update(self, name: str, gradient: Value, copy: str | None) -> None:
        """A step of gradient descent for one parameter."""
        with self._over(gradient.shape) as idx:
            entry = f"{copy}{_at(idx)}" if copy else self.read(gradient, idx)
            self.line(f"{name}{_at(idx)} -= learning_rate * {entry};")

    def _entries(self, v: Value, name: str) -> None:
        names = self._loop_names(v.shape)
        self._prepare(v, names)
        with self._over(v.shape) as idx:
            self.line(_assigned(f"{name}{_at(idx)}", bare(self._computed(v, idx))))

    def _mark_entries(self, v: Value, name: str) -> None:
        _, value, labels = v.inputs
        self._prepare(value, self._loop_names(value.shape))
        with self._over(labels.shape) as idx:
            place = (*idx, self.position(labels, idx, v.shape[1]))
            sign = "+=" if v.params["add"] else "="
            code = bare(self.converted(value, idx, v.dtype))
            if v.params["add"] and code.startswith("-"):
                sign, code = "-=", code[1:]
            self.line(f"{name}{_at(place)} {sign} {code};")

    def _assemble(self, v: Value, name: str, here: bool) -> None:
        """Pieces put into an array one after the other."""
        for k, piece in enumerate(v.params["pieces"]):
            if piece[0] == "along":
                self._piece_along(v, name, v.inputs[k], piece)
            elif piece[0] == "windows":
                self._windows(v, name, piece, here)
            else:
                self._piece_at(v, name, piece, here)

    def _piece_along(self, v: Value, name: str, source: Value, piece: Any) -> None:
        _, axis, start, stacked = piece
        self._prepare(source, self._loop_names(source.shape))
        with self._over(source.shape) as idx:
            place = list(idx)
            if stacked:
                place.insert(axis, str(start))
            else:
                place[axis] = index_along((idx[axis],), along(0, start))
            code = bare(self.converted(source, idx, v.dtype))
            self.line(f"{name}{_at(tuple(place))} = {code};")

    def _windows(self, v: Value, name: str, piece: Any, here: bool) -> None:
        x, g = v.inputs
        if not (here and self.stored.get(x) == name):
            self._entries(x, name)
        self._prepare(g, self._loop_names(g.shape))
        with self._over(g.shape) as idx:
            place = tuple(index_along(idx, how) for how in piece[1])
            self.line(f"{name}{_at(place)} += {bare(self.read(g, idx))};")

    def _piece_at(self, v: Value, name: str, piece: Any, here: bool) -> None:
        _, key, add = piece
        x, value, *arrays = v.inputs
        if not (here and self.stored.get(x) == name):
            self._entries(x, name)
        self._prepare(value, self._loop_names(value.shape))
        region = tuple(n for _, n in region_axes(key, arrays))
        with self._over(region) as idx:
            place = self.region_index(key, v.shape, arrays, idx)
            code = bare(self.converted(value, idx, v.dtype))
            self.line(f"{name}{_at(place)} {'+=' if add else '='} {code};")

    # -- reading -------------------------------------------------------------------

    def load(self, v: Value, idx: Index) -> str:
        """An entry of what is stored; of anything else, what computes it."""
        if v.op == "array" and v not in self.stored:
            self.stored[v] = self._fresh("constant")
            self.constants[self.stored[v]] = v
        if v in self.stored:
            return f"{self.stored[v]}{_at(idx)}"
        if v.op in _INLINE:
            return grouped(self.expression(v, idx))
        return self._gather(v, idx)

    def position(self, array: Value, idx: Index, n: int) -> str:
        """An index array's entry; labels are taken to be from 0 to n - 1."""
        base, _ = through_views(array, ("0",) * len(array.shape))
        if _of_arrays(base):
            self.labels[base] = min(n, self.labels.get(base, n))
        idx = tuple("0" if size == 1 else i for i, size in zip(idx, array.shape))
        at = bare(self.read(array, idx))
        fixed = base.op == "array" and base not in self.labels
        if fixed and np.min(self.constant(base), initial=0) < 0:  # from the end
            return f"({at} < 0 ? {at} + {n} : {at})"
        return at

    def constant(self, v: Value) -> np.ndarray:
        """The numbers of an array that the forward pass makes."""
        return np.asarray(self._nodes[v.params["array"][1]].params["value"])

    def _computed(self, v: Value, idx: Index) -> str:
        if v.op in _INLINE and v not in self.stored:
            return self.expression(v, idx)
        return self.read(v, idx)

    def _gather(self, v: Value, idx: Index) -> str:
        """A sum, an extreme or an entry of a product, in loops of its own."""
        if (v, idx) in self._gathered:
            return self._gathered[v, idx]
        kind = "sum" if v.op == "matmul" else v.params["name"]
        word, first, take = _GATHERS[kind]
        name = self._fresh(word)
        extreme = kind not in _ONCE
        if extreme and v.dtype.kind != "f":
            first = "INT64_MIN" if kind == "max" else "INT64_MAX"
        self.line(f"{c_type(v.dtype)} {name} = {first};")
        shape = self._inner_shape(v)
        self._begun.append(name)
        with self._over(shape) as inner:
            x = bare(self._gathered_entry(v, idx, inner))
            if extreme and not re.fullmatch(r"[\w\[\]]+", x):
                entry = f"{name}_of"
                self.line(f"{c_type(v.dtype)} {entry} = {x};")
                x = entry
            self.line(take.format(r=name, x=x))
        self._begun.remove(name)
        self._gathered[v, idx] = name
        return name

    @staticmethod
    def _inner_shape(v: Value) -> Shape:
        if v.op == "matmul":
            return v.inputs[0].shape[-1:]
        return tuple(v.inputs[0].shape[a] for a in v.params["axes"])

    def _gathered_entry(self, v: Value, idx: Index, inner: Index) -> str:
        if v.op == "matmul":
            factors = zip(v.inputs, _met(idx, inner[0]))
            return " * ".join(self.read(x, at) for x, at in factors)
        return self._computed(v.inputs[0], self._reduced(v, idx, inner))

    @staticmethod
    def _reduced(v: Value, idx: Index, inner: Index) -> Index:
        outer, own = iter(idx), iter(inner)
        axes = range(len(v.inputs[0].shape))
        return tuple(next(own) if a in v.params["axes"] else next(outer) for a in axes)

    # -- what has to be stored first -----------------------------------------------

    def _prepare(self, v: Value, idx: Index) -> None:
        """Store what the entries of ``v`` would compute again and again."""
        while True:
            found = next(self._repeated(v, idx, [i for i in idx if i != "0"]), None)
            if found is None:
                return
            self.store(found, self._fresh("t"))

    def _repeated(self, v: Value, idx: Index, loops: list[str]) -> Iterator[Value]:
        if v in self.stored or v.op in ("number", "counted", "eye", "array"):
            return
        if v.op == "view":
            yield from self._repeated(v.inputs[0], source_index(v, idx), loops)
        elif v.op == "reshape":
            shape = v.inputs[0].shape
            at = unflattened(flat(idx, v.shape), shape)
            yield from self._repeated(v.inputs[0], at, loops)
        elif v.op == "map":
            for x in v.inputs:
                yield from self._repeated(x, idx, loops)
        elif v.op in ("pick", "mark"):
            for x in v.inputs:  # at indices that the data decide
                yield from self._repeated(x, ("0",) * len(x.shape), ["again"])
        elif v.op == "assemble" or not all(
            any(re.search(rf"\b{loop}\b", i) for i in idx) for loop in loops
        ):
            yield from self._below(v)
            yield v
        else:
            yield from self._below(v, idx, loops)

    def _below(
        self, v: Value, idx: Index = (), loops: list[str] | None = None
    ) -> Iterator[Value]:
        """What a gathering value would compute again; products read what is stored."""
        if v.op == "assemble":
            return
        if loops is None:
            return
        inner = [f"inner{a}" for a in range(len(self._inner_shape(v)))]
        if v.op == "matmul":
            for x, at in zip(v.inputs, _met(idx, inner[0])):
                base, _ = through_views(x, at)
                if base not in self.stored and base.op not in ("array", "number"):
                    yield from self._repeated(x, at, ["again"])
                    if len(loops) > 1:  # each entry is read many times
                        yield base
        else:
            at = self._reduced(v, idx, tuple(inner))
            yield from self._repeated(v.inputs[0], at, [*loops, *inner])

    def _only_at_itself(self, v: Value, before: Value | None) -> bool:
        """Whether entries of ``v`` read ``before`` at their own place only."""
        waiting = [v]
        while waiting:
            at = waiting.pop()
            if at is before or at in self.stored:
                continue
            if at.op == "map":
                waiting += at.inputs
            elif before in _under(at):
                return False
        return True

    # -- loops and names -----------------------------------------------------------

    def _loop_names(self, shape: Shape) -> Index:
        free = iter([n for n in self._loops if n not in self._open])
        return tuple("0" if n == 1 else next(free) for n in shape)

    @contextmanager
    def _over(self, shape: Shape) -> Iterator[Index]:
        idx = self._loop_names(shape)
        before = dict(self._gathered)
        loops = [(i, n) for i, n in zip(idx, shape) if i != "0"]
        start = len(self._lines)
        for i, n in loops:
            self.line(f"for (int {i} = 0; {i} < {n}; {i}++) {{")
            self._depth += 1
            self._open.append(i)
        body = len(self._lines)
        yield idx
        single = len(self._lines) - body == 1
        for i, _ in reversed(loops):
            self._depth -= 1
            self._open.remove(i)
            if not single:
                self.line("}")
        if single:  # braces around one statement only clutter
            for at in range(start, body):
                self._lines[at] = self._lines[at].removesuffix(" {")
        if loops:  # without a loop its sums belong to the function
            self._gathered = before

    def _fresh(self, name: str) -> str:
        made, count = name, 1
        local = {*self._gathered.values(), *self._begun}
        taken = {*self._names, *self.declared, *self.constants, *local}
        while made in taken:
            count += 1
            made = f"{name}_{count}"
        return made


def _of_arrays(v: Value) -> bool:
    """Whether a value is an argument, or made of such entry by entry."""
    if v.op == "map":
        return all(_of_arrays(x) or x.op == "number" for x in v.inputs)
    return v.op == "array" and v.params["array"][0] == "input"


def _met(idx: Index, k: str) -> tuple[Index, Index]:
    """Where the two factors of a product's entry are read."""
    *stack, i, j = idx
    return (*stack, i, k), (*stack, k, j)


def _under(v: Value) -> set[Value]:
    found: set[Value] = set()
    waiting = [v]
    while waiting:
        for x in waiting.pop().inputs:
            if x not in found:
                found.add(x)
                waiting.append(x)
    return found


def _assigned(place: str, code: str) -> str:
    """An assignment; ``a = a / b`` is ``a /= b``."""
    found = re.fullmatch(re.escape(place) + r" ([-+*/]) (.+)", code)
    if found is not None and grouped(found[2]) == found[2]:
        return f"{place} {found[1]}= {found[2]};"
    return f"{place} = {code};"


def _at(idx: Index) -> str:
    return "".join(f"[{bare(i)}]" for i in idx)


def brackets(shape: Sequence[int]) -> str:
    """The sizes in a declaration."""
    return "".join(f"[{n}]" for n in shape)


def bare(code: str) -> str:
    """An expression without parentheses around the whole, or around an argument."""
    for call in re.finditer(r"\w\(\(", code):
        start = call.end() - 2
        end = _closing(code, start)
        if _closing(code, start + 1) == end - 1:
            return bare(code[: start + 1] + code[start + 2 : end - 1] + code[end:])
    while code.startswith("(") and code.endswith(")"):
        depth = 0
        for at, letter in enumerate(code):
            depth += (letter == "(") - (letter == ")")
            if depth == 0 and at < len(code) - 1:
                return code
        code = code[1:-1]
    return code


def grouped(code: str) -> str:
    """An expression in parentheses, unless it is a name, an entry or a call."""
    whole = re.match(r"\w+(?=[\[(])", code)
    if re.fullmatch(r"[\w.]+", code) or (whole and _closes_at_end(code, whole.end())):
        return code
    return f"({code})"


def _closing(code: str, start: int) -> int:
    """Where the parenthesis that opens at ``start`` is closed."""
    depth = 0
    for at in range(start, len(code)):
        depth += (code[at] == "(") - (code[at] == ")")
        if depth == 0:
            return at
    return len(code)


def _closes_at_end(code: str, start: int) -> bool:
    depth = 0
    for at in range(start, len(code)):
        depth += (code[at] in "([") - (code[at] in ")]")
        if depth == 0 and at < len(code) - 1 and code[at + 1] != "[":
            return False
    return True


__all__ = ["Statements", "bare", "brackets"]
