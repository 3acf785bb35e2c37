"""What a check says: claims, findings and the verdict, before anybody words them.

Comes in from ``judge`` and ``blame``; goes out to a terminal, a notebook, JSON, a patch
or a grade book. Nothing here computes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["right", "wrong", "undecided"]
UPSTREAM = "a random upstream gradient"  # where the loss of a layer is from
Status = Literal["right", "wrong", "follows", "unchecked"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the backward pass and the gradient that it is, or should be.

    ``claim`` is written in the program's own names: ``-learnrate * dL/d W1``.
    """

    line: int
    variable: str
    claim: str
    status: Status
    because: int | None = None  # of "follows": the line that is to be mended first
    function: str = ""  # where the line stands, if in a function
    stated: bool = False  # by a comment or ``--claim``, in these words
    of: str = ""  # the weight that is moved, where one line moves several
    first: int = 0  # the line that made the value, where this one only hands it on


@dataclass(frozen=True, slots=True)
class Change:
    """Lines ``first`` to ``last`` of the file (from 1) become ``text``."""

    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend.

    ``message`` says why, in one sentence. ``suggestion`` is the mended expression (or
    statement), which was tried in the program; None where no edit was found, and
    ``expected`` then says what the line should equal. ``yours`` and ``right`` are the
    program's own numbers, as NumPy prints them.
    """

    line: int
    variable: str
    mistake: str  # a code of ``mistakes.MISTAKES``
    message: str
    suggestion: str | None = None
    wrote: str = ""  # the expression as it stands
    expected: str = ""  # "-dL/d hidden_layer_input"
    yours: str = ""
    right: str = ""
    changes: tuple[Change, ...] = ()
    function: str = ""


@dataclass(slots=True)
class Report:
    """The result of a check.

    ``file`` is as it was given. ``loss`` is the expression; ``loss_from`` says where it
    was found. ``reason`` says why nothing could be decided. ``notes`` are sentences
    that are no mistakes (a convention, something seen only at varied numbers).
    """

    file: str
    verdict: Verdict
    loss: str = ""
    loss_from: str = ""
    claims: list[Claim] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reason: str = ""
    source: str = ""  # the program's text, for a patch
    cells: list[tuple[int, int]] = field(default_factory=list)  # (first line, cell)
    layer: str = ""  # the sandbox in force, if any
    changed: list[str] = field(default_factory=list)  # given lines of an exercise

    def to_json(self) -> dict[str, Any]:
        """The machine form: a public contract."""
        made: dict[str, Any] = {
            "file": self.file,
            "verdict": self.verdict,
            "loss": self.loss,
            "claims": [
                {
                    "line": c.line,
                    "variable": c.variable,
                    "claim": c.claim,
                    "status": c.status,
                }
                for c in self.claims
            ],
            "findings": [
                {
                    "line": f.line,
                    "variable": f.variable,
                    "mistake": f.mistake,
                    "message": f.message,
                    "suggestion": f.suggestion,
                }
                for f in self.findings
            ],
        }
        if self.notes:
            made["notes"] = list(self.notes)
        if self.changed:
            made["changed"] = list(self.changed)
        if self.reason:
            made["reason"] = self.reason
        return made

    def to_text(self, hint: int = 3, colour: bool = False) -> str:
        """The report for a terminal. ``hint`` 1: the lines, 2: the kinds, 3: all."""
        from clearprop.checking.text import to_text

        return to_text(self, hint, colour)

    def to_html(self, hint: int = 3) -> str:
        """The report as a ``<div>``, for a notebook or a page."""
        from clearprop.checking.html import to_html

        return to_html(self, hint)

    def diff(self) -> str:
        """The mends as a patch that ``patch -p0`` takes; empty where there are none."""
        from clearprop.checking.patch import diff

        return diff(self)

    def fixed(self) -> str:
        """The program's text with every mend in place."""
        from clearprop.checking.patch import fixed

        return fixed(self)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()
