"""The numbers and arrays in scope, each with the expression that reaches it.

``a1`` is reached by its name, others through a dict, an object or a list:
``cache['A1']``, ``self.W2``, ``activations[-2]``. Where the program indexes by a loop's
variable, so does an edit: ``hs[t - 1]`` is right at every step, ``hs[2]`` at one.
"""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..need import BEFORE
from .evaluate import evaluate
from .spelling import name, spell


@dataclass(frozen=True, slots=True)
class Atom:
    """A value in scope and how it is written; ``prior`` is how odd that would look."""

    text: str
    node: ast.expr
    value: Any
    prior: float = 0.0

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)


# An index as the program would write it, its value, and how odd it would look.
Indexes = list[tuple[ast.expr, int | str, float]]

_LOOP = re.compile(r"^(t|l|i|j|k|n|layer\w*|step|index|idx)$")
_KEYS, _ITEMS, _CUTS, _READS = 40, 12, 6, 12


def atoms(
    scope: Mapping[str, Any],
    statement: ast.stmt,
    cuts: Sequence[ast.expr] = (),
    number: bool = False,
    most: int = 250,
) -> Iterator[Atom]:
    """The statement's own names first, then the rest in the order of the scope.

    ``cuts`` are indexes of the program's: the ``[:, t]`` of one array may be another's.
    A statement that gives a ``number``, and has no entry of its own, may read one of
    each array.
    """
    used = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
    looked_up = {
        n.id
        for cut in cuts
        if isinstance(cut, ast.Name | ast.BinOp)
        for n in ast.walk(cut)
        if isinstance(n, ast.Name)
    }
    indexes = _indexes(scope, statement, used, looked_up)
    entries = _entries(scope, statement)
    if number and not entries:
        entries = _single(indexes)
    parts = _cut(scope, cuts)
    found = 0
    for key in sorted(scope, key=lambda k: k not in used):
        if key.startswith("__") or key == "_":
            continue
        odd = 0.05 if key.endswith(BEFORE) else 0.0
        for atom in _places(name(key), scope[key], indexes, 3, odd):
            cut = _cut_out(atom, parts) if "[" not in atom.text else ()
            for one in (atom, *_entries_of(atom, entries), *cut):
                yield one
                found += 1
                if found >= most:
                    return


def read(scope: Mapping[str, Any], reads: Sequence[ast.expr]) -> Iterator[Atom]:
    """The values of entries that other lines of a function read."""
    for node in reads[:_READS]:
        with suppress(Exception):
            value = evaluate(node, scope, {})
            numbers = isinstance(value, np.ndarray) and value.dtype.kind in "fiub"
            if numbers or _is_number(value):
                yield Atom(spell(node), node, value)


def _entries(
    scope: Mapping[str, Any], statement: ast.stmt
) -> list[tuple[ast.expr, tuple[int, ...]]]:
    """The indexes of a statement that works entry by entry, and what they are.

    ``[j]``, ``[k]`` and ``[j, k]`` of ``dW[j, k] += delta[k] * h[j]``; ``[i, j]`` of
    ``dx[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] += mask * dout[i, j]``.
    """
    found: dict[str, tuple[ast.expr, tuple[int, ...]]] = {}
    for node in ast.walk(statement):
        if not isinstance(node, ast.Subscript):
            continue
        whole = node.slice
        parts = whole.elts if isinstance(whole, ast.Tuple) else [whole]
        at = [scope.get(p.id) if isinstance(p, ast.Name) else None for p in parts]
        if all(type(i) is int for i in at):
            found[spell(whole)] = whole, tuple(at)  # type: ignore[arg-type]
            for part, i in zip(parts, at):
                found[spell(part)] = part, (i,)  # type: ignore[assignment]
            continue
        counters = dict.fromkeys(
            n.id
            for n in (n for p in parts for n in ast.walk(p))
            if isinstance(n, ast.Name) and _moves(scope, n.id, whole)
        )
        if len(counters) > 1:
            window = ast.Tuple([ast.Name(c, ast.Load()) for c in counters], ast.Load())
            found[spell(window)] = window, tuple(scope[c] for c in counters)
    return list(found.values())


def _moves(scope: Mapping[str, Any], word: str, whole: ast.expr) -> bool:
    """Whether a window moves along with a number, and isn't as wide as it."""
    sizes = {
        n.right.id
        for n in ast.walk(whole)
        if isinstance(n, ast.BinOp) and isinstance(n.right, ast.Name)
    }
    return type(scope.get(word)) is int and word not in sizes


def _single(indexes: Indexes) -> list[tuple[ast.expr, tuple[int, ...]]]:
    """The entries of a row at a loop's variable, one step earlier and later."""
    return [
        (index, (at,))
        for index, at, _ in indexes
        if isinstance(at, int) and not isinstance(index, ast.UnaryOp | ast.Constant)
    ]


def _entries_of(
    atom: Atom, entries: list[tuple[ast.expr, tuple[int, ...]]]
) -> Iterator[Atom]:
    """The entries of an array that a statement speaks of."""
    for index, at in entries:
        shape = atom.shape
        if len(at) == len(shape) and all(0 <= i < n for i, n in zip(at, shape)):
            node = _item(atom.node, index)
            yield Atom(spell(node), node, atom.value[at], atom.prior)


def _cut(
    scope: Mapping[str, Any], cuts: Sequence[ast.expr]
) -> list[tuple[ast.expr, Any]]:
    """The cuts that leave an axis whole and choose on another, or add one."""
    found: list[tuple[ast.expr, Any]] = []
    for cut in cuts:
        parts = cut.elts if isinstance(cut, ast.Tuple) else []
        if not any(isinstance(p, ast.Name | ast.BinOp) or _is_new(p) for p in parts):
            continue
        with suppress(Exception):  # of another loop's variable
            found.append((cut, evaluate(cut, scope, {})))
    return found[:_CUTS]


def _is_new(part: ast.expr) -> bool:
    """``None``, or ``np.newaxis``: an axis more."""
    return spell(part) in ("None", "np.newaxis")


def _cut_out(atom: Atom, parts: list[tuple[ast.expr, Any]]) -> Iterator[Atom]:
    """The parts of an array that its program might take."""
    for index, at in parts:
        new = sum(i is None for i in at)
        if len(atom.shape) < len(at) - new:
            continue
        with suppress(IndexError):
            node = _item(atom.node, index)
            yield Atom(spell(node), node, atom.value[at], atom.prior + 0.03)


def _indexes(
    scope: Mapping[str, Any], statement: ast.stmt, used: set[str], looked_up: set[str]
) -> Indexes:
    """A loop's variable, one step earlier and later, counted from either end.

    And what the program ``looked_up`` its lists at, whatever that is called.
    """
    negative = any(isinstance(n, ast.USub) for n in ast.walk(statement))
    forms = ["I", "I - 1", "I + 1"]
    if negative:
        forms = ["-I", "-I + 1", "-I - 1", *forms]
    written = [
        form.replace("I", key)
        for key, value in scope.items()
        if isinstance(value, int)
        and not isinstance(value, bool)
        and (key in looked_up or (_LOOP.match(key) and (key in used or len(key) == 1)))
        for form in forms
    ]
    if negative:
        written = ["-1", "-2", "-3", *written]
    found: Indexes = list(made_up_keys(scope, statement))
    for text in written:
        node = ast.parse(text, mode="eval").body
        odd = 0.0 if any(isinstance(n, ast.Name) for n in ast.walk(node)) else 0.01
        found.append((node, evaluate(node, scope, {}), odd))
    return found[:24]


def made_up_keys(
    scope: Mapping[str, Any], statement: ast.stmt
) -> Iterator[tuple[ast.expr, str, float]]:
    """The keys that a statement makes up: ``'W%d' % l``, ``f"b{i}"``."""
    made = [
        n.slice for n in ast.walk(statement)
        if isinstance(n, ast.Subscript)
        and isinstance(n.slice, ast.BinOp | ast.JoinedStr | ast.Call)
    ]  # fmt: skip
    for node in {spell(n): n for n in made}.values():
        with suppress(Exception):
            key = evaluate(node, scope, {})
            if isinstance(key, str):
                yield node, key, 0.0


def _places(
    node: ast.expr, value: Any, indexes: Indexes, depth: int, prior: float = 0.0
) -> Iterator[Atom]:
    if _is_number(value) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "fiub"
    ):
        yield Atom(spell(node), node, value, prior)
        if np.ndim(value) >= 2 and depth == 3:
            for index, at, _ in indexes:
                if isinstance(at, str) or isinstance(index, ast.UnaryOp):
                    continue
                if 0 <= at < len(value):
                    part = _item(node, index)
                    yield Atom(spell(part), part, value[at], prior + 0.03)
    elif depth == 0:
        return
    elif isinstance(value, dict):
        for index, at, odd in indexes:
            if at in value:
                inner = _item(node, index)
                yield from _places(inner, value[at], [], depth - 1, prior + odd)
        for key in list(value)[:_KEYS]:
            if isinstance(key, str | int):
                odd = prior + (0.0 if isinstance(key, str) else 0.03)
                inner = _item(node, ast.Constant(key))
                yield from _places(inner, value[key], indexes, depth - 1, odd)
    elif isinstance(value, list | tuple):
        for index, at, odd in indexes:
            if not isinstance(at, str) and -len(value) <= at < len(value):
                inner = _item(node, index)
                yield from _places(inner, value[at], [], depth - 1, prior + odd)
        odd = prior + (0.03 if indexes else 0.0)
        for position in range(min(len(value), _ITEMS)):
            inner = _item(node, ast.Constant(position))
            yield from _places(inner, value[position], indexes, depth - 1, odd)
    elif has_fields(value):
        for key, held in list(fields(value).items())[:_KEYS]:
            inner = ast.Attribute(value=node, attr=key, ctx=ast.Load())
            yield from _places(inner, held, indexes, depth - 1, prior)


def _item(node: ast.expr, index: ast.expr) -> ast.expr:
    return ast.Subscript(value=node, slice=index, ctx=ast.Load())


def has_fields(value: Any) -> bool:
    return not isinstance(
        value, type | types.ModuleType | types.FunctionType | types.MethodType
    ) and (hasattr(value, "__dict__") or bool(_slots(value)))


def fields(value: Any) -> dict[str, Any]:
    """What an object holds by name, in slots too."""
    found = dict(getattr(value, "__dict__", {}))
    return found | {n: getattr(value, n) for n in _slots(value) if hasattr(value, n)}


def _slots(value: Any) -> list[str]:
    """The names in the ``__slots__`` of an object's own class, or its bases."""
    found: list[str] = []
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        found += (slots,) if isinstance(slots, str) else slots
    return [name for name in found if not name.startswith("__")]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
