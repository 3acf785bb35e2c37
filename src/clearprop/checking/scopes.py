"""What the names that a statement may use stood for when it ran.

Comes in the note of a marked run; goes out its part that a mend of the statement may
speak of: no globals of other functions, nothing that a numerical gradient gave, and
beside each weight that was already moved what it was before.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

from clearprop.checking.enclosing import Function, function_around
from clearprop.checking.marks import Marked
from clearprop.checking.need import BEFORE
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.checking.roles import places
from clearprop.graph import Node


def scope_at(
    reading: Reading, scene: Scene, marked: Marked, blank: bool = False
) -> dict[str, Any]:
    """What the names that a statement may use stood for at one of its runs."""
    statement = reading.observed.sites[marked.site].statement
    around = function_around(reading.observed.source.tree, statement)
    scope = reading.observed.marks.scopes[marked.site, marked.turn]
    tree = reading.observed.source.tree if blank else None
    return _with_olds(reading, scene, _unprobed(reading, seen(scope, around, tree)))


def _with_olds(
    reading: Reading, scene: Scene, scope: Mapping[str, Any]
) -> dict[str, Any]:
    """Weights that were already moved get their old values beside them."""
    made = dict(scope)
    for place, value in places(scope):
        if isinstance(value, Node) and value in reading.versions:
            before = scene.step.befores.get(reading.versions[value])
            if before is not None and before is not value:
                made[place + BEFORE] = before
    return made


def seen(
    scope: Mapping[str, Any], function: Function | None, tree: ast.AST | None = None
) -> dict[str, Any]:
    """A scope without the globals that a function doesn't speak of.

    With a program's ``tree``, as where its own line is blank, what other functions read
    without setting it is seen too.
    """
    if function is None:
        return dict(scope)
    spoken = _spoken(function)
    for other in ast.walk(tree) if tree is not None else ():
        if isinstance(other, ast.FunctionDef):
            spoken |= {
                n.id
                for n in ast.walk(other)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            } - _bound(other)
    return {
        name: value
        for name, value in scope.items()
        if name in spoken or isinstance(value, FunctionType | type | ModuleType)
    }


def _spoken(function: Function) -> set[str]:
    """The names that a function speaks of."""
    found = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    return found | {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}


def _bound(function: Function) -> set[str]:
    """The names that are a function's own."""
    found = {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}
    return found | {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def _unprobed(reading: Reading, scope: Mapping[str, Any]) -> dict[str, Any]:
    """A scope without what a numerical gradient gave: that mends nothing."""
    probes = reading.probes
    return {
        name: value
        for name, value in scope.items()
        if not isinstance(value, Node) or value not in probes
    }
