"""Two names for one array that is then changed in place: ``dskip = dx; dskip += dout``.

Both names have the sum, where only one is meant to. No value of a single statement says
so; as with ``=`` for ``+=``, the edit is tried in the program. Comes in a reading, go
out the lines that give an array its second name, each with a copy in its place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from clearprop.checking.enclosing import function_around
from clearprop.checking.marking import stores
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading

MOST = 4  # lines that are tried


def shared(reading: Reading) -> Iterator[tuple[int, Mend]]:
    """Copies where a line gives another name to what is written to later."""
    source = reading.observed.source
    found = 0
    for site in reading.observed.sites:
        edit = _copied(source.tree, site.statement)
        mend = applied(source, site.statement, edit) if edit is not None else None
        if mend is not None and found < MOST:
            found += 1
            yield site.number, mend


def _copied(tree: ast.AST, statement: ast.stmt) -> Edit | None:
    """``dskip = dx.copy()``, where one of the two is changed in place below."""
    target, value = _places(statement)
    if target is None or value is None:
        return None
    names = (ast.Name, ast.Attribute, ast.Subscript)
    if not isinstance(target, names) or not isinstance(value, ast.Name | ast.Attribute):
        return None
    new, old = ast.unparse(target), ast.unparse(value)
    written = next((w for w in _writes(tree, statement) if w[1] in (new, old)), None)
    if written is None:
        return None
    line, name = written
    other = old if name == new else new
    return Edit(
        statement=f"{new} = {old}.copy()",
        old=old,
        new=f"{old}.copy()",
        mistake="wrong-operand",
        why=f"{new} and {old} are one array, so that line {line} changes {other} too: "
        "a copy is meant",
        cost=1.0,
    )


def kept_apart(tree: ast.AST, statement: ast.stmt, edit: Edit) -> Edit:
    """An edit that names an array anew, with a copy where one is written to."""
    (made,) = edit.parsed
    target, value = _places(made)
    if target is None or not isinstance(value, ast.Name | ast.Attribute):
        return edit
    both = {ast.unparse(target), ast.unparse(value)}
    if not any(name in both for _, name in _writes(tree, statement)):
        return edit
    return replace(
        edit, statement=f"{edit.statement}.copy()", new=f"{ast.unparse(value)}.copy()"
    )


def _places(statement: ast.stmt) -> tuple[ast.expr | None, ast.expr | None]:
    """The one place that a statement sets, and to what."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None, None
    return statement.targets[0], statement.value


def _writes(tree: ast.AST, statement: ast.stmt) -> Iterator[tuple[int, str]]:
    """The lines of the same function, below, that write into an array, and which."""
    for node, target in stores(function_around(tree, statement) or tree):
        line = getattr(node, "lineno", 0)
        if line > statement.lineno:
            yield line, ast.unparse(target)
