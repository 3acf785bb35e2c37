"""Edits, findings and drivers on their way out of a sandbox.

They are proposals: an edit counts once the program with it was judged, a driver only
calls what the program defines, a finding of a crash says that a program is wrong and
never that it is right. So their words are checked for form only.
"""

from __future__ import annotations

import ast
import math
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

from clearprop.checking.mistakes import MISTAKES
from clearprop.checking.need import Edit
from clearprop.checking.report import Change, Finding
from clearprop.checking.wire_values import items, record, refuse, whole
from clearprop.trace.source import Source

if TYPE_CHECKING:
    from clearprop.checking.drivers import Driver

MANY = 50
WORDS = 4000  # characters of a sentence or a statement
_CALLS = (
    ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.Import, ast.If, ast.Assert,
)  # fmt: skip


def packed_edits(edits: list[Edit]) -> list[Any]:
    """Edits as lists of their fields."""
    return [list(astuple(edit)) for edit in edits]


def unpacked_edits(data: Any) -> list[Edit]:
    """Edits that parse and have a known code."""
    made = []
    for entry in items(data, MANY):
        *words, cost, inside, factor = record(entry, len(fields(Edit)))
        statement, old, new, mistake, why = (_words(w) for w in words)
        if mistake not in MISTAKES:
            raise refuse("an edit has no known code")
        _parsed(statement)
        said = (statement, old, new, mistake, why)
        made.append(Edit(*said, _number(cost), _words(inside), _number(factor)))
    return made


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise refuse("an edit's cost or factor is no number")
    return float(value)


def packed_finding(finding: Finding | None) -> Any:
    """A finding as a list of its fields."""
    return None if finding is None else list(astuple(finding))


def unpacked_finding(data: Any, source: Source) -> Finding | None:
    """The finding of a crash, on a line that the program has."""
    if data is None:
        return None
    line, variable, mistake, message, suggestion, wrote, expected, *rest = record(
        data, len(fields(Finding))
    )
    yours, right, changes, function = rest
    last = len(source.text.splitlines()) + 1
    if mistake not in MISTAKES:
        raise refuse("a finding has no known code")
    return Finding(
        whole(line, 1, last),
        _words(variable),
        mistake,
        _words(message),
        None if suggestion is None else _words(suggestion),
        _words(wrote),
        _words(expected),
        _words(yours),
        _words(right),
        tuple(_change(c, last) for c in items(changes, MANY)),
        _words(function),
    )


def _change(entry: Any, last: int) -> Change:
    first, end, text = record(entry, 3)
    return Change(whole(first, 1, last), whole(end, 0, last), _words(text))


def packed_drivers(drivers: list[Driver]) -> list[Any]:
    """Drivers: the text, the reason, how far it comes."""
    return [[driver.text, driver.why, driver.level] for driver in drivers]


def unpacked_drivers(data: Any, source: Source) -> list[Driver]:
    """Drivers that make up arguments and call the program, and define nothing."""
    from clearprop.checking.drivers import Driver  # with all that looks for them

    own = {
        node.name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    made = []
    for entry in items(data, MANY):
        *said, level = record(entry, 3)
        text, why = map(_words, said)
        for statement in _parsed(text).body:
            if not isinstance(statement, _CALLS) or own & _stored(statement):
                raise refuse("a driver does more than call the program")
        made.append(Driver(text, why, whole(level, 0, 4)))
    return made


def _stored(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _words(value: Any) -> str:
    if type(value) is not str or len(value) > WORDS:
        raise refuse("words are missing or too many")
    if not all(c.isprintable() or c in "\n\t" for c in value):
        raise refuse("words can't be shown")
    return value


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise refuse("a proposed line is no Python") from None
