"""A finding for every blank, in the names of the program as it was written.

Comes in what was found in the program with stand-ins (see ``blank_fill``); goes out the
same with the blanks called so. A line for which nothing was found but that it is wrong
is left out: with a blank above it, that only follows.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clearprop.checking.blank_fill import of
from clearprop.checking.blanks import Blank
from clearprop.checking.enclosing import function_around
from clearprop.checking.marking import stores
from clearprop.checking.report import Finding
from clearprop.trace.loss import identifier
from clearprop.trace.source import Source

if TYPE_CHECKING:
    from clearprop.checking.mending import Mend


def worded(
    source: Source, findings: Sequence[Finding], found: Sequence[Blank]
) -> list[Finding]:
    """The findings of a program with stand-ins, as those of the program with blanks.

    ``source`` is the program as it was written.
    """
    made = []
    seen = set()
    for finding in findings:
        blank = next((b for b in found if _is_at(finding, b)), None)
        if blank is None and (finding.mistake != "unknown" or not found):
            made.append(finding)
        elif blank is None:
            continue
        elif (blank.line, blank.variable) not in seen:
            seen.add((blank.line, blank.variable))
            made.append(_said(source, blank, finding))
    made += [
        _said(source, blank, None)
        for blank in found
        if (blank.line, blank.variable) not in seen
    ]
    return sorted(made, key=lambda f: f.line) if seen or found else made


def with_mend(finding: Finding, mend: Mend) -> Finding:
    """A finding on the one blank of a program, with what fills it."""
    if finding.mistake != "blank":
        return finding
    return replace(finding, suggestion=mend.edit.new, changes=mend.changes)


def _is_at(finding: Finding, blank: Blank) -> bool:
    return blank.line == finding.line and finding.variable in (blank.variable, "return")


def _said(source: Source, blank: Blank, finding: Finding | None) -> Finding:
    base = finding or Finding(blank.line, blank.variable, "blank", "")
    expected = blank.claim or base.expected
    what = f": it should be {expected}" if expected else ""
    named = _named(source, blank)
    if named and not expected and _is_changed(source, blank):
        what = f": the lines below make {named} of it"
    elif named and not expected and not base.suggestion:
        expected = named
        what = f": it should be {expected}"
    return replace(
        base,
        line=blank.line,
        variable=blank.variable,
        mistake="blank",
        message=f"this isn't filled in yet{what}",
        wrote=ast.get_source_segment(source.text, blank.node) or "",
        expected=expected,
        yours="",
        right=base.right,
        function=blank.function,
    )


def _named(source: Source, blank: Blank) -> str:
    """The gradient that a blank's name speaks of, if there is such a value."""
    word = of(blank)
    owner = identifier(blank.variable.partition("[")[0])
    if blank.kind != "value" or word in (blank.variable, owner):
        return ""
    counters: set[str] = set()
    places: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.For | ast.comprehension):
            counters |= {ast.unparse(n) for n in ast.walk(node.target)}
        elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            places |= {ast.unparse(node), identifier(ast.unparse(node))}
        elif isinstance(node, ast.arg):
            places.add(node.arg)
    there = word in places or len(word) == 1  # as weights are called
    return f"dL/d {word}" if there and word not in counters else ""


def _is_changed(source: Source, blank: Blank) -> bool:
    """Whether lines below write into what a blank gives, or set it anew from it."""
    around = function_around(source.tree, blank.statement) or source.tree
    lines = [
        getattr(node, "lineno", 0)
        for node, target in stores(around)
        if ast.unparse(target) == blank.variable
    ]
    return any(line > blank.line for line in lines)
