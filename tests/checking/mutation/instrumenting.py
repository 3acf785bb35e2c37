"""Putting the probes into a program: around updates, behind start values and gradients.

Comes in: a program's reading. Goes out: its tree again, with calls of ``__probe__``
between the statements. Line numbers stay those of the file.
"""

from __future__ import annotations

import ast
import copy
from typing import Any

from .names import is_reference, leaf, reads, target_of
from .reading import Reading, Update


class Instrument:
    """Puts probes around updates, behind start values and behind named gradients."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.updates: dict[int, list[Update]] = {}
        for update in reading.updates:
            self.updates.setdefault(id(update.statement), []).append(update)
        self.roots = {_root(update.target) for update in reading.updates}
        for node in ast.walk(reading.program.tree):
            if isinstance(node, ast.For) and _names(node.target) & self.roots:
                self.roots |= reads(node.iter)
        read_later = set()
        for _, value in reading.expressions():
            read_later |= reads(value)
        self.backward = {id(statement) for statement in reading.backward}
        self.read_later = read_later

    def rebuilt(self, node: Any) -> Any:
        """A copy with probes; the tree that was read stays as it is."""
        made = copy.copy(node)
        for name, old in ast.iter_fields(node):
            if isinstance(old, list) and old and isinstance(old[0], ast.stmt):
                around = [self._around(statement) for statement in old]
                setattr(made, name, [part for parts in around for part in parts])
            elif (
                isinstance(old, list) and old and isinstance(old[0], ast.excepthandler)
            ):
                setattr(made, name, [self.rebuilt(handler) for handler in old])
        return made

    def _around(self, statement: ast.stmt) -> list[ast.stmt]:
        updates = self.updates.get(id(statement))
        if updates:
            starts = [_at(_start(update), statement) for update in updates]
            ends = [
                _at(_call("end", ast.unparse(u.target), _load(u.target)), statement)
                for u in updates
            ]
            return [*starts, statement, *ends]
        if id(statement) in self.backward and isinstance(statement, ast.Return):
            return _shown(statement)
        target = target_of(statement)
        if target is None or not isinstance(statement, ast.Assign | ast.AugAssign):
            return [self.rebuilt(statement)]
        if id(statement) in self.backward and is_reference(target):
            name = leaf(target)
            if not self.reading.is_gradient(name):
                return [statement]
            sink = "" if name in self.read_later else "sink "
            probe = _call("named", sink + ast.unparse(target), _load(target))
            return [statement, _at(probe, statement)]
        if isinstance(statement, ast.Assign) and _is_start(statement.value):
            places = target.elts if isinstance(target, ast.Tuple) else [target]
            names = [{_root(place), leaf(place)} for place in places]
            shaken = [p for p, known in zip(places, names) if known & self.roots]
            return [statement, *(_at(_shake(place), statement) for place in shaken)]
        return [statement]


def _shown(statement: ast.Return) -> list[ast.stmt]:
    """A return whose value is recorded first."""
    assert statement.value is not None
    value = ast.Name("__given__", ast.Load())
    made = [
        ast.Assign([ast.Name("__given__", ast.Store())], statement.value),
        _call("named", "sink return", value),
        ast.Return(value),
    ]
    return [_at(part, statement) for part in made]


def _is_start(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and leaf(value.func) in ("zip", "len", "copy"):
        return False
    parts = list(ast.walk(value))
    plain = not any(isinstance(part, ast.Name | ast.Attribute) for part in parts)
    return any(
        isinstance(part, ast.Call)
        or (plain and isinstance(part, ast.Constant) and type(part.value) is float)
        for part in parts
    )


def _root(target: ast.expr) -> str:
    """``params`` of ``params['W1']``, ``W1`` of ``self.W1``."""
    if isinstance(target, ast.Subscript):
        return _root(target.value)
    return leaf(target)


def _names(target: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}


def _start(update: Update) -> ast.Expr:
    owner, named = _owner(update)
    place = ast.unparse(update.target)
    return _call("start", place, _load(update.source), owner, ast.Constant(named))


def _owner(update: Update) -> tuple[ast.expr, bool]:
    """What tells two parameters apart that one statement updates in turn."""
    target = update.target
    if isinstance(target, ast.Subscript):
        index = target.slice
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        moving = [
            _load(p) for p in parts if not isinstance(p, ast.Constant | ast.Slice)
        ]
        return ast.Call(
            ast.Name("repr", ast.Load()), [ast.Tuple(moving, ast.Load())], []
        ), True
    if isinstance(target, ast.Attribute):
        return _load(target.value), False
    if isinstance(update.statement, ast.AugAssign):
        return _load(target), False
    return ast.Constant(0), True


def _load(node: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(node), mode="eval").body


def _call(name: str, place: str, *arguments: ast.expr) -> ast.Expr:
    function = ast.Attribute(ast.Name("__probe__", ast.Load()), name, ast.Load())
    return ast.Expr(ast.Call(function, [ast.Constant(place), *arguments], []))


def _shake(place: ast.expr) -> ast.Assign:
    function = ast.Attribute(ast.Name("__probe__", ast.Load()), "shake", ast.Load())
    return ast.Assign([place], ast.Call(function, [_load(place)], []))


def _at(made: ast.stmt, near: ast.stmt) -> ast.stmt:
    ast.copy_location(made, near)
    return ast.fix_missing_locations(made)
