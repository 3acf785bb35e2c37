"""Lambdas as functions: ``dsigmoid = lambda y: y * (1 - y)`` has a line to be marked.

Comes in a program's tree and the lines that are wanted; the lambdas there become
functions with a ``return``, each before the statement that it stands in. Lines stay as
they are. A lambda is called what it is assigned to, or its key in a table.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from clearprop.trace.loss import identifier
from clearprop.trace.rewrite import copied

_NAME = "__clearprop_lambda_"
_MARK = "of_a_lambda"


def named_lambdas(tree: ast.AST) -> Iterator[tuple[str, ast.Lambda]]:
    """The lambdas of assignments and tables, and what they are called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            yield from _of(node)


def _of(statement: ast.stmt) -> list[tuple[str, ast.Lambda]]:
    if not isinstance(statement, ast.Assign):
        return []
    name = identifier(ast.unparse(statement.targets[0]))
    return list(_inside(statement.value, name))


def _inside(value: ast.expr, name: str) -> Iterator[tuple[str, ast.Lambda]]:
    if isinstance(value, ast.Lambda):
        options = value.args.defaults or value.args.kw_defaults
        if not options:
            yield name, value
    elif isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values):
            plain = isinstance(key, ast.Constant) and isinstance(key.value, str)
            yield from _inside(inner, key.value if plain else name)  # type: ignore
    elif isinstance(value, ast.Call):
        for keyword in value.keywords:
            yield from _inside(keyword.value, keyword.arg or name)
    elif isinstance(value, ast.Tuple | ast.List):
        for inner in value.elts:
            yield from _inside(inner, name)


def unfolded(tree: ast.Module, wanted: Callable[[ast.stmt], bool]) -> None:
    """Make functions of the wanted lambdas of a program, in place."""
    for block in _blocks(tree):
        made: list[ast.stmt] = []
        for statement in block:
            for name, one in _of(statement):
                returned = ast.copy_location(ast.Return(one.body), one.body)
                setattr(returned, _MARK, True)
                if not wanted(returned):
                    continue
                unique = f"{_NAME}{one.lineno}_{one.col_offset}__{name}"
                unique = "".join(c if c.isalnum() else "_" for c in unique)
                function = ast.parse(f"def {unique}(): pass").body[0]
                assert isinstance(function, ast.FunctionDef)
                function.args, function.body = copied(one.args), [returned]
                made.append(ast.copy_location(function, one))
                _replace(statement, one, ast.Name(unique, ast.Load()))
            made.append(statement)
        block[:] = made


def is_of_a_lambda(statement: ast.stmt) -> bool:
    """Whether a ``return`` stands for a lambda's body, which has no such word."""
    return getattr(statement, _MARK, False)


def plain_name(function: str) -> str:
    """What the program calls it."""
    return function.split("__")[-1] if function.startswith(_NAME) else function


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in list(ast.walk(tree)):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and not isinstance(node, ast.ClassDef):
                yield block


def _replace(tree: ast.AST, old: ast.expr, new: ast.expr) -> None:
    ast.copy_location(new, old)
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if value is old:
                setattr(node, field, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]
