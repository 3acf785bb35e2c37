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
from clearprop.checking.report import Finding
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
    expected = blank.claim or (finding.expected if finding else "")
    if not expected and blank.kind == "value" and of(blank) != blank.variable:
        expected = f"dL/d {of(blank)}"
    what = f": it should be {expected}" if expected else ""
    base = finding or Finding(blank.line, blank.variable, "blank", "")
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
