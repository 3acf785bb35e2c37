"""One training step as plain lines: loops opened, one name to a line.

What comes in is a program's text and the line of its loss; what goes out is the text up
to that line, with the first round of every loop around it laid open and ``a, b = 1, 2``
written as two lines, so that each number has a line of its own.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass

_BLOCKS = ast.For | ast.While | ast.If | ast.With | ast.Try


@dataclass(frozen=True, slots=True)
class Flat:
    """The text, its statements, and the names that the opened loops ran through."""

    text: str
    body: list[ast.stmt]
    counters: set[str]


def flatten(text: str, line: int) -> Flat:
    """The program up to ``line``, as plain lines."""
    counters: set[str] = set()
    while True:
        body = ast.parse(text).body
        at = _around(body, line)
        around = body[at]
        if not isinstance(around, _BLOCKS):
            break
        if isinstance(around, ast.For):
            counters |= _names(around.target)
        block = next(b for b in _blocks_of(around) if _around(b, line) >= 0)
        above = around.lineno - 1
        first, last = block[0].lineno - 1, block[-1].end_lineno or line
        lines = text.splitlines()
        while first > above + 1 and lines[first - 1].lstrip().startswith("#"):
            first -= 1
        inside = textwrap.dedent("\n".join(lines[first:last])).splitlines()
        text = "\n".join(lines[:above] + inside)
        line -= first - above
    lines = text.splitlines()[: body[at].end_lineno]
    for statement in reversed(body[: at + 1]):
        pairs = _pairs(statement)
        if pairs:
            ended = statement.end_lineno or statement.lineno
            written = [f"{ast.unparse(a)} = {ast.unparse(b)}" for a, b in pairs]
            lines[statement.lineno - 1 : ended] = written
    text = "\n".join(lines)
    return Flat(text, ast.parse(text).body, counters)


def _around(body: list[ast.stmt], line: int) -> int:
    """The index of the statement that a line is in, or -1."""
    for i, statement in enumerate(body):
        if statement.lineno <= line <= (statement.end_lineno or 0):
            return i
    return -1


def _blocks_of(statement: ast.stmt) -> list[list[ast.stmt]]:
    blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    return [block for block in blocks if block]


def _pairs(statement: ast.stmt) -> list[tuple[ast.expr, ast.expr]]:
    """The assignments in ``a, b = 1, 2``, where their order doesn't matter."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return []
    target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Tuple):
        return []
    if len(target.elts) != len(value.elts) or _names(target) & _names(value):
        return []
    return list(zip(target.elts, value.elts))


def _names(tree: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
