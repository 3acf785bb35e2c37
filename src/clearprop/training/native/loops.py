"""The units of a schedule as C loops.

What goes in is a ``Schedule``; what comes out is lines of C for one forward and
backward pass, and the buffers that they use. Shapes are constants, so that the compiler
unrolls and vectorises; single sums are marked as reductions, which may be reordered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from clearprop.training.native.access import (
    Access,
    flat,
    index_along,
    loop_index,
    looped,
    through_views,
)
from clearprop.training.native.lines import Lines, named_loops
from clearprop.training.native.products import PACKED, Operand, is_large, product
from clearprop.training.native.reductions import Reductions, row_shape, scattered
from clearprop.training.native.schedule import Phase, Schedule, Unit, is_late
from clearprop.training.native.spelling import c_type
from clearprop.training.native.values import Index, Value, along, region_axes


class Writer(Access):
    """Writes units; ``array`` says how a given array's entry is written."""

    def __init__(self, array: Callable[[Value, Index], str], out: Lines) -> None:
        """Begin a step."""
        self.array = array
        self.out = out
        self.buffers: dict[str, tuple[str, int]] = {}  # name -> C type, entries
        self.kept: dict[Value, str] = {}
        self.virtual: set[Value] = set()
        self.reductions = Reductions(self.kept, self.read, out)
        self._scopes: list[dict[tuple[Value | None, Index], str]] = [{}]
        self._count = 0
        self.packed: dict[str, int] = {}  # what products by call need, by C type
        self.strange = False  # whether an index is checked as it is used
        self.labels: set[tuple[Value, int]] = set()  # indices to check beforehand

    # -- reading -------------------------------------------------------------------

    def load(self, v: Value, idx: Index) -> str:
        """A given array's entry, a kept value's, or a cheap one computed here."""
        if v.op == "array":
            return self.array(v, idx)
        for scope in reversed(self._scopes):
            if (v, idx) in scope:
                return scope[v, idx]
        if v in self.virtual:
            return self._name(v, idx, self.expression(v, idx))
        kept = self.kept[v]
        if kept == "number":
            return f"v{v.index}"
        if kept == "buffer":
            return f"w->v{v.index}[{flat(idx, v.shape)}]"
        axes = looped(v.shape)[1:]
        if not axes:
            return f"r{v.index}"
        rest = flat(tuple(idx[a] for a, _ in axes), tuple(n for _, n in axes))
        return f"r{v.index}[{rest}]"

    def trusted(self, array: Value, code: str, n: int) -> str:
        """An index of the data: noted for the engine to check."""
        self.labels.add((array, n))
        return self._position(array, code)

    def checked(self, code: str, n: int) -> str:
        """An index that nobody has checked: a wrong one is noted, and reads entry 0."""
        self.strange = True
        at = self._position(None, code)
        self.out(f"strange |= (uint64_t){at} >= {n};")
        return f"((uint64_t){at} < {n} ? {at} : 0)"

    def _position(self, array: Value | None, code: str) -> str:
        for scope in reversed(self._scopes):
            if (array, (code,)) in scope:
                return scope[array, (code,)]
        self._count += 1
        self.out(f"const int64_t k{self._count} = {code};")
        self._scopes[-1][array, (code,)] = f"k{self._count}"
        return f"k{self._count}"

    def _name(self, v: Value, idx: Index, code: str, name: str = "") -> str:
        self._count += 1
        name = name or f"t{self._count}"
        kind = "int" if v.dtype.kind == "b" else c_type(v.dtype)
        self.out(f"const {kind} {name} = {code};")
        self._scopes[-1][v, idx] = name
        return name

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Names made inside are known inside."""
        self._scopes.append({})
        yield
        self._scopes.pop()

    # -- units ---------------------------------------------------------------------

    def write(self, schedule: Schedule) -> None:
        """All units of a schedule, in order."""
        self.kept |= schedule.kept
        self.virtual |= schedule.virtual
        for v, kept in schedule.kept.items():
            if kept == "buffer":
                self.buffers[f"v{v.index}"] = (c_type(v.dtype), v.size)
        for unit in schedule.units:
            if unit.alone is not None:
                alone = self._product if unit.alone.op == "matmul" else self._assembly
                alone(unit.alone)
            elif unit.outer is None:
                for phase in unit.phases:
                    for v in phase.values:
                        self._compute(v)
            else:
                self._nest(unit)

    def _nest(self, unit: Unit) -> None:
        assert unit.outer is not None
        late = [v for p in unit.phases for v in p.values if is_late(v)]
        for v in late:
            self.reductions.begin(v)
        single = [v for v in late if self.kept[v] == "number"]
        flat_nest = all(not p.inner for p in unit.phases)
        pragma = self.reductions.pragma(single) if flat_nest else ""
        with self.out.loops([("i", unit.outer)], pragma), self.scope():
            for phase in unit.phases:
                self._phase(phase)
        for v in late:
            self.reductions.end(v)

    def _phase(self, phase: Phase) -> None:
        if not phase.inner:
            for v in phase.values:
                self._compute(v)
            return
        near = [v for v in phase.values if v.op == "reduce" and not is_late(v)]
        for v in phase.values:
            if self.kept[v] == "row":
                self._declare_row(v)
        for v in near:
            self.reductions.begin(v)
        single = [
            v for v in phase.values
            if v.op == "reduce" and not scattered(v)
            and (self.kept[v] == "number" or not row_shape(v))
        ]  # fmt: skip
        names = [(f"j{k}", n) for k, n in enumerate(phase.inner)]
        pragma = self.reductions.pragma(single)
        last = names[-1][0]
        for v in phase.values:
            if (
                v.op == "reduce"
                and v not in single
                and last not in self.reductions.target(v)
            ):
                pragma = ""  # lanes would gather into the same entry
        with self.out.loops(names, pragma), self.scope():
            for v in phase.values:
                self._compute(v)
        for v in near:
            self.reductions.end(v)

    def _declare_row(self, v: Value) -> None:
        if v.op != "reduce":
            size = int(np.prod(row_shape(v)))
            self.out(f"{c_type(v.dtype)} r{v.index}[{size}];")

    def _compute(self, v: Value) -> None:
        """One entry of a value, in the loops that are open."""
        if v.op == "reduce":
            self.reductions.take(v)
            return
        idx = loop_index(v.shape)
        code = self.expression(v, idx)
        kept = self.kept[v]
        if kept == "number":
            name = self._name(v, idx, code, f"v{v.index}")
        elif kept == "row" and not row_shape(v):
            name = self._name(v, idx, code, f"r{v.index}")
        else:
            name = self._name(v, idx, code)
            if kept != "local":
                del self._scopes[-1][v, idx]
                self.out(f"{self.load(v, idx)} = {name};")
                self._scopes[-1][v, idx] = name

    # -- products and assemblies ---------------------------------------------------

    def _product(self, v: Value) -> None:
        a, b = v.inputs
        (*stack, n, k), m = a.shape, b.shape[-1]
        kind = c_type(v.dtype)
        if is_large(n, k, m, kind):
            self.packed[kind] = max(self.packed.get(kind, 0), k)
            self.buffers[f"packed_{kind}"] = kind, self.packed[kind] * PACKED
        names = [(f"q{axis}", n) for axis, n in enumerate(stack)]
        at = tuple(name for name, _ in names)
        start = flat((*at, "0", "0"), v.shape)
        result = Operand(f"w->v{v.index} + {start}", m, 1)
        with self.out.loops(names), self.scope():
            left, right = self.operand(a, at), self.operand(b, at)
            self.out(*product(left, right, result, n, k, m, kind))

    def operand(self, v: Value, at: Index) -> Operand:
        """A stored matrix, of a stack's one that is ``at``: a start and two strides."""
        base, origin = through_views(v, (*at, "0", "0"))
        strides = _strides(base.shape)
        if v.op == "view":
            axes = v.params["axes"]
        else:
            axes = tuple(along(i) for i in range(len(v.shape)))
        by = [0] * len(v.shape)
        for stride, (_, steps) in zip(strides, axes):
            for axis, step in steps:
                by[axis] += stride * step
        return Operand(f"&{self.load(base, origin)}", by[-2], by[-1])

    def _assembly(self, v: Value) -> None:
        """Pieces put into a buffer one after the other."""
        for k, piece in enumerate(v.params["pieces"]):
            if piece[0] == "along":
                self._piece_along(v, v.inputs[k], piece)
            elif piece[0] == "windows":
                self._windows(v, piece)
            else:
                self._piece_at(v, piece)

    def _copy(self, v: Value, source: Value, at: Index) -> None:
        with self.out.loops(named_loops(source.shape)), self.scope():
            x = self.converted(source, loop_index(source.shape), v.dtype)
            self.out(f"w->v{v.index}[{flat(at, v.shape)}] = {x};")

    def _piece_along(self, v: Value, source: Value, piece: Any) -> None:
        _, axis, start, stacked = piece
        idx = list(loop_index(source.shape))
        if stacked:
            idx.insert(axis, str(start))
        else:
            idx[axis] = index_along((idx[axis],), along(0, start))
        self._copy(v, source, tuple(idx))

    def _windows(self, v: Value, piece: Any) -> None:
        """What comes back through windows, added where each of them slid."""
        x, g = v.inputs
        self._copy(v, x, loop_index(x.shape))
        idx = loop_index(g.shape)
        with self.out.loops(named_loops(g.shape)), self.scope():
            at = tuple(index_along(idx, how) for how in piece[1])
            self.out(f"w->v{v.index}[{flat(at, v.shape)}] += {self.read(g, idx)};")

    def _piece_at(self, v: Value, piece: Any) -> None:
        _, key, add = piece
        x, value, *arrays = v.inputs
        self._copy(v, x, loop_index(x.shape))
        region = tuple(n for _, n in region_axes(key, arrays))
        idx = loop_index(region)
        with self.out.loops(named_loops(region)), self.scope():
            at = self.region_index(key, v.shape, arrays, idx)
            entry = self.converted(value, idx, v.dtype)
            sign = "+=" if add else "="
            self.out(f"w->v{v.index}[{flat(at, v.shape)}] {sign} {entry};")


def _strides(shape: Sequence[int]) -> list[int]:
    made = [1]
    for n in reversed(shape[1:]):
        made.insert(0, made[0] * n)
    return made[: len(shape)]
