"""Moves that come after a loop which moves weights too: a run must not end before them.

A critic learns five times before its generator does: ``for _ in range(5): … C -= …``,
and then ``G -= …``. Comes in a program's text; go out such inner loops with the lines
that move something after them, in the loop around, also in functions called there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from clearprop.trace.loss import identifier
from clearprop.trace.rewrite import place_of

_Loop = ast.For | ast.While
_Place = ast.Name | ast.Attribute | ast.Subscript


@dataclass(frozen=True, slots=True)
class Awaited:
    """While a line of ``loop`` runs, those of ``later`` may still be to come."""

    loop: range
    later: frozenset[int]


def awaited(tree: ast.Module, stepped: Set[str]) -> list[Awaited]:
    """Every loop after which one of the names is moved, in a loop around both."""
    functions: dict[str, list[ast.FunctionDef]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            functions.setdefault(node.name, []).append(node)

    def moves(tops: Iterable[ast.stmt]) -> Iterator[int]:
        waiting: list[ast.stmt] = list(tops)
        known: set[str] = set()
        for top in waiting:
            for node in ast.walk(top):
                if isinstance(node, ast.stmt) and _moves(node, stepped):
                    yield node.lineno
                elif isinstance(node, ast.Call) and _called(node) not in known:
                    known.add(_called(node))
                    waiting += functions.get(_called(node), [])

    found = []
    for loop in ast.walk(tree):
        if not isinstance(loop, _Loop):
            continue
        for at, inner in enumerate(loop.body):
            if not isinstance(inner, _Loop):
                continue
            later = frozenset(moves(loop.body[at + 1 :])) - {*moves([inner])}
            if later:
                last = inner.end_lineno or inner.lineno
                found.append(Awaited(range(inner.lineno, last + 1), later))
    return found


def _moves(node: ast.stmt, stepped: Set[str]) -> bool:
    if isinstance(node, ast.AugAssign):
        targets: list[ast.expr] = [node.target]
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        targets = node.targets
    else:
        return False
    return any(
        isinstance(t, _Place) and identifier(place_of(t)) in stepped for t in targets
    )


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
