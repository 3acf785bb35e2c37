"""Functions and methods as things to be called: their arguments and the call's text."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from clearprop.checking.drivers.hints import Hints, hints
from clearprop.checking.drivers.roles import role
from clearprop.checking.drivers.search import Assigned, Slot
from clearprop.checking.drivers.shapes import LAYOUTS, Layout, Wanted, in_order
from clearprop.checking.drivers.sizes import USUAL, Sizes, chain
from clearprop.checking.drivers.trial import Program
from clearprop.checking.drivers.values import is_inline, values

_GIVEN = frozenset(("epochs", "strength", "target", "keep"))  # in spite of a default
_MAYBE_WEIGHTS = frozenset(("input", "attention", "bias", "unknown"))  # by its name
_WEIGHTED = frozenset(("weight", "params", "size", "sizes"))  # a network's arguments


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a function."""

    name: str
    optional: bool = False
    keyword: bool = False  # only by keyword


@dataclass(slots=True)
class Callee:
    """Something to be called: ``affine_forward``, ``layer.forward``, ``Dense``."""

    text: str
    function: ast.FunctionDef | None
    params: list[Param] = field(default_factory=list)
    constructor: bool = False

    @property
    def names(self) -> list[str]:
        """The parameters' names."""
        return [p.name for p in self.params]

    def needs(self, given: Iterable[str] = ()) -> list[str]:
        """The parameters that a call has to give, or had better."""
        known = set(given)
        return [
            p.name
            for p in self.params
            if p.name in known
            or not p.optional
            or role(p.name, self.constructor) in _GIVEN
            or (self.constructor and role(p.name, True) == "size")
        ]

    def call(self, given: Mapping[str, str]) -> str:
        """The call with the arguments that are given."""
        parts: list[str] = []
        skipped = False
        for p in self.params:
            if p.name not in given:
                skipped = True
            elif skipped or p.keyword:
                parts.append(f"{p.name}={given[p.name]}")
            else:
                parts.append(given[p.name])
        return f"{self.text}({', '.join(parts)})"


def callee(text: str, function: ast.FunctionDef | None, kind: str = "") -> Callee:
    """The callee of a function; ``kind`` "method" or "constructor" leave ``self``."""
    found: list[Param] = []
    if function is not None:
        a = function.args
        positional = [*a.posonlyargs, *a.args]
        first = len(positional) - len(a.defaults)
        found = [Param(p.arg, i >= first) for i, p in enumerate(positional)]
        plain = any(ast.unparse(d) == "staticmethod" for d in function.decorator_list)
        if kind and not plain:
            found = found[1:]
        found += [
            Param(p.arg, d is not None, True)
            for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True)
        ]
    return Callee(text, function, found, kind == "constructor")


def reached(program: Program, function: ast.FunctionDef) -> list[ast.FunctionDef]:
    """A function and those of the program that it calls, itself first."""
    found = [function]
    for current in found:
        for node in ast.walk(current):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                other = program.functions.get(node.func.id)
                if other is not None and other not in found:
                    found.append(other)
    return found


def slots(
    program: Program,
    callees: Sequence[tuple[Callee, list[str]]],
    sizes: Sizes = USUAL,
    word: str = "",
) -> list[Slot]:
    """A slot for each argument that the callees need a value for.

    ``word`` is the one to be used of those that an argument is compared with.
    """
    found: dict[tuple[str, str], Slot] = {}
    numbered = _numbered(program, callees, sizes)
    every = [n for _, names in callees for n in names]
    targets = any(role(n) == "target" for n in every)
    plain = sizes == USUAL and not any(
        role(n, c.constructor) in _WEIGHTED for c, names in callees for n in names
    )
    layouts = max(
        (in_order(_said(program, c)) for c, _ in callees), key=lambda a: a != LAYOUTS
    )
    for target, names in callees:
        said = _said(program, target)
        for name in [n for outer in names for n in _opened(outer, said)]:
            own = program.met(target.function, name)
            hides = role(name) in ("strength", "keep") and own in (
                "0",
                "0.0",
                "1",
                "1.0",
            )
            if own and name in names and not hides:
                found[name, ""] = Slot(name, (own,), (0,) * len(layouts))
                continue
            if name in said.items and name in names:
                text = f"[{', '.join(said.items[name])}]"
                found[name, ""] = Slot(name, (text,), (0,) * len(layouts))
                continue
            for key in said.keys.get(name) or [""]:
                wanted = Wanted(
                    key or name,
                    said,
                    numbered.get(key or name),
                    target.constructor or key == "p",
                    tuple(program.functions),
                    targets and not numbered,
                    plain,
                    any(role(k) == "pool" for k in said.keys.get(name) or every),
                    name in program.binary,
                    not program.multiplies,
                    sizes,
                    _beside(key or name, every, plain, said),
                )
                slot = _slot(name, key, wanted, layouts)
                if repr(word) in slot.options:
                    slot = Slot(name, (repr(word),), (0,) * len(LAYOUTS), key)
                found.setdefault((name, key), slot)
    return list(found.values())


def _beside(name: str, every: Sequence[str], plain: bool, said: Hints) -> str:
    """What a name is beside another one: no bias in f(a, b), no kernel in f(q, k).

    In ``x @ v`` the v is a weight, and no value that is attended to.
    """
    if name in said.multiplied and role(name) in _MAYBE_WEIGHTS:
        return "weight"
    if name == "b" and "a" in every and plain:
        return "input"
    return "attention" if name == "k" and "q" in every else ""


def _opened(name: str, said: Hints) -> list[str]:
    """``W1, b1 = weights`` needs ``W1`` and ``b1`` before it needs ``weights``."""
    items = said.items.get(name, [])
    if items and all(role(i) in ("weight", "bias", "recurrent") for i in items):
        return [*items, name]
    said.items.pop(name, None)
    return [name]


def words(program: Program, target: Callee) -> list[str]:
    """The words that an argument is compared with, one driver for each: "relu"."""
    said = _said(program, target).words
    found = next((said[n] for n in target.needs() if n in said), [])
    return [] if "train" in found or "test" in found else found


def _said(program: Program, target: Callee) -> Hints:
    if target.function is None:
        return Hints()
    functions = [target.function]
    if not target.constructor:  # its callees see the same names, as a rule
        functions = reached(program, target.function)
    return hints(functions, program.text)


def _numbered(
    program: Program, callees: Sequence[tuple[Callee, list[str]]], sizes: Sizes
) -> dict[str, tuple[int, int]]:
    """The sizes of numbered weights: ``W1`` stands between two layers."""
    names: list[str] = []
    for target, wanted in callees:
        said = _said(program, target)
        for name in wanted:
            names += said.items.get(name) or said.keys.get(name) or [name]
    weights = [n for n in names if role(n) == "weight"] or []
    layers = chain(weights, sizes)
    found = {}
    for name in names:
        digits = name[len(name.rstrip("0123456789")) :]
        if digits and int(digits) in layers and role(name) in ("weight", "bias"):
            found[name] = layers[int(digits)]
    return found


def _slot(name: str, key: str, wanted: Wanted, layouts: Sequence[Layout]) -> Slot:
    options: list[str] = []
    firsts = []
    for layout in layouts:
        some = values(wanted, layout)
        options += [v for v in some if v not in options]
        firsts.append(options.index(some[0]))
    return Slot(name, tuple(options), tuple(firsts), key)


def settled(program: Program, assigned: Assigned) -> tuple[list[str], dict[str, str]]:
    """The lines that make the arguments, and what stands for each in a call."""
    whole: dict[str, str] = {}
    items: dict[str, list[str]] = {}
    for (name, key), expression in assigned.items():
        if key:
            items.setdefault(name, []).append(f"{key!r}: {expression}")
        else:
            whole[name] = expression
    for name, entries in items.items():
        whole[name] = "{" + ", ".join(entries) + "}"
    lines, given = [], {}
    for name, expression in whole.items():
        if is_inline(expression):
            given[name] = expression
        else:
            given[name] = program.free(name)
            lines.append(f"{given[name]} = {expression}")
    return lines, given
