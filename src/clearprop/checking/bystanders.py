"""Names that only look like a loss: the ``L`` of a step ``1 / L``.

Comes in a program's text; goes out the names of one letter that are given a value
before a loop in which another name is the loss.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from clearprop.trace.loss import rank

_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def bystanders(tree: ast.Module) -> frozenset[str]:
    """The names of one letter that are no loss, whatever they are called."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    scopes: list[ast.Module | ast.FunctionDef] = [tree, *functions]
    return frozenset(name for scope in scopes for name in _before_loops(scope))


def _before_loops(scope: ast.Module | ast.FunctionDef) -> set[str]:
    before: set[str] = set()
    within: set[str] = set()
    for statement in scope.body:
        looped = isinstance(statement, ast.For | ast.While)
        (within if looped else before).update(_named(statement))
    letters = {n for n in before if len(n) == 1 and rank(n) is not None}
    return letters - within if any(rank(n) is not None for n in within) else set()


def _named(statement: ast.stmt) -> Iterator[str]:
    """What a statement gives a value to."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, _SCOPES):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        stack.extend(ast.iter_child_nodes(node))
