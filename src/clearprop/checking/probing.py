"""Numerical gradients in a program: run, but neither traced nor run for ever.

``W[i] = old + eps``, the loss, ``W[i] = old - eps``, the loss again, and their
difference over ``2 * eps``: a program that checks itself so runs its forward pass twice
for each weight. Nothing of it is the backward pass that is to be checked. In comes the
syntax tree of a program, out comes one in which such statements stand in a ``with``
block that ``Probes`` is the manager of: inside, arrays are plain numbers. After a while
the calls there answer what they answered before, so that a program gets on to its
training.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from time import perf_counter
from types import FunctionType, MethodType, TracebackType
from typing import Any

from clearprop.checking import marking, marks
from clearprop.trace.instrument import HOOKS
from clearprop.trace.rewrite import place_of

NAME = "__clearprop_probes__"
SECONDS = 1.5  # for all probes of a run; a check takes a few seconds as a whole
_BLOCKS = ("body", "orelse", "finalbody")
_PLACES = ast.Name | ast.Attribute | ast.Subscript
_SUM = ast.Add | ast.Sub


class Probes:
    """The manager of the blocks of one run."""

    def __init__(self) -> None:
        self._left = SECONDS
        self._answers: dict[int, Any] = {}
        self._inside = False
        self._kept: list[Any] = []
        self._block: AbstractContextManager[None] | None = None
        self._began = 0.0

    def __enter__(self) -> None:
        if self._block is None:
            self._began = perf_counter()
            self._block = HOOKS.sleep(self._call)
            self._block.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        block, self._block = self._block, None
        if block is not None:
            self._left -= perf_counter() - self._began
            block.__exit__(kind, error, trace)

    def _call(self, function: Any, args: Any, kwargs: Any) -> Any:
        if function in marking.namespace().values():  # nothing here is marked
            return args[1] if function is marks.Mark else None
        own = type(function) in (FunctionType, MethodType)
        if self._inside or not own:
            return function(*args, **kwargs)
        key = id(getattr(function, "__func__", function))
        if self._left < 0 and key in self._answers:
            return self._answers[key]
        self._inside = True
        try:
            answer = function(*args, **kwargs)
        finally:
            self._inside = False
        if key not in self._answers:
            self._kept.append(function)  # so that its id stays its own
        self._answers[key] = answer
        return answer


def put_aside(tree: ast.Module) -> None:
    """Put the statements of numerical gradients into blocks of their own."""
    for node in list(ast.walk(tree)):
        for name in _BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, _with_blocks(block))


def _with_blocks(block: list[ast.stmt]) -> list[ast.stmt]:
    for last, statement in enumerate(block):
        for steps, parts in _differences(statement):
            calls = [i for i in range(last) if _binds(block[i], parts)]
            moved = [(i, p) for i in range(last) for p in _nudged(block[i], steps)]
            if not calls or not moved:
                continue
            first, place = moved[0]
            end = max(
                i for i, s in enumerate(block) if i <= last or place in _assigned(s)
            )
            inside = block[first : end + 1]
            if any(
                isinstance(s, ast.Return | ast.Break | ast.Continue) for s in inside
            ):
                continue
            made = ast.With([ast.withitem(ast.Name(NAME, ast.Load()))], inside)
            ast.copy_location(made, inside[0])
            ast.fix_missing_locations(made)
            return [*block[:first], made, *_with_blocks(block[end + 1 :])]
    return block


def _differences(statement: ast.stmt) -> Iterator[tuple[set[str], set[str]]]:
    """Of ``(a - b) / (2 * eps)``: the names of the step, and of both ends."""
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
        return
    for node in ast.walk(statement):
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
            continue
        steps = _names(node.right)
        for part in ast.walk(node.left):
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub):
                ends = _bases(part.left), _bases(part.right)
                if steps and all(ends):
                    yield steps, ends[0] | ends[1]


def _binds(statement: ast.stmt, names: set[str]) -> bool:
    """Whether one of the names is given what a call answers."""
    if not isinstance(statement, ast.Assign):
        return False
    called = any(isinstance(n, ast.Call) for n in ast.walk(statement.value))
    bound = {b for t in statement.targets for b in _bases(t)}
    return called and not bound.isdisjoint(names)


def _nudged(statement: ast.stmt, steps: set[str]) -> Iterator[str]:
    """The places that a statement moves by a step: ``x[i] = old + eps``."""
    target: ast.expr
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, _SUM):
        target, by = statement.target, [statement.value]
    elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
        value, target = statement.value, statement.targets[0]
        by = [value.left, value.right] if isinstance(value.op, _SUM) else []
    else:
        return
    if isinstance(target, _PLACES) and any(
        _names(b) and _names(b) <= steps for b in by
    ):
        yield place_of(target)


def _assigned(statement: ast.stmt) -> set[str]:
    targets: Sequence[ast.expr] = ()
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign):
        targets = [statement.target]
    return {place_of(t) for t in targets if isinstance(t, _PLACES)}


def _names(node: ast.AST) -> set[str]:
    """The names of an expression, as they are written: ``eps``, ``self.h``."""
    return {
        ast.unparse(n)
        for n in ast.walk(node)
        if isinstance(n, ast.Name | ast.Attribute)
    }


def _bases(node: ast.expr) -> set[str]:
    """Whose values an end of a difference is: ``J_plus`` of ``J_plus[i]``."""
    if isinstance(node, ast.Tuple):
        return {b for part in node.elts for b in _bases(part)}
    while isinstance(node, ast.Subscript):
        node = node.value
    return {ast.unparse(node)} if isinstance(node, ast.Name | ast.Attribute) else set()


__all__ = ["NAME", "Probes", "put_aside"]
