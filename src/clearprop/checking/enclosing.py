"""What a line stands in: its statement, and the function around that."""

from __future__ import annotations

import ast

Function = ast.FunctionDef | ast.AsyncFunctionDef


def statement_at(tree: ast.AST, line: int) -> ast.stmt | None:
    """The innermost statement that a line belongs to."""
    around = statements_around(tree, line)
    return around[-1] if around else None


def statements_around(tree: ast.AST, line: int) -> list[ast.stmt]:
    """The statements that a line belongs to, the outermost first."""
    return [
        node
        for node in ast.walk(tree)  # which goes from the outside in
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]


def function_around(tree: ast.AST, statement: ast.stmt) -> Function | None:
    """The innermost function that a statement stands in."""
    found: Function | None = None
    for node in ast.walk(tree):
        if isinstance(node, Function) and _is_in(statement, node):
            found = node  # as above
    return found


def _is_in(statement: ast.stmt, function: Function) -> bool:
    return function.lineno < statement.lineno <= (function.end_lineno or 0)
