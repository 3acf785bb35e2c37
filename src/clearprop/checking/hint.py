"""How much of a report is told: a teacher chooses, and nothing beyond that leaves.

A report comes in and a report goes out that holds no more than the hint allows, so that
no page, patch or JSON made from it can let a mend slip. Hint 1 tells which lines are to
be mended, hint 2 the kind of each mistake too, hint 3 everything. A right program has
nothing to give away: it is told in full.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clearprop.checking.report import Claim, Finding, Report

LINE, KIND, MEND = 1, 2, 3


def told(report: Report, hint: int = MEND) -> Report:
    """What may be said of a report."""
    if hint not in (LINE, KIND, MEND):
        raise ValueError(f"hint is 1, 2 or 3: {hint!r} is none of them")
    if hint == MEND or report.verdict == "right":
        return report
    return replace(
        report,
        loss=report.loss if hint == KIND else "",
        loss_from=report.loss_from if hint == KIND else "",
        claims=[_claim(claim, hint) for claim in report.claims],
        findings=[_finding(finding, hint) for finding in report.findings],
        notes=[],  # what is seen at other numbers may say what to write
        source="",
    )


def to_json(report: Report, hint: int = MEND) -> dict[str, Any]:
    """The machine form, with null for whatever is withheld."""
    made = told(report, hint).to_json()
    if hint != MEND and report.verdict != "right":
        if hint == LINE:
            made["loss"] = None
        for claim in made["claims"]:
            claim["claim"] = claim["claim"] or None
        for finding in made["findings"]:
            finding["mistake"] = finding["mistake"] or None
            finding["message"] = None
    return made


def _claim(claim: Claim, hint: int) -> Claim:
    keep = hint == KIND and claim.status == "right"
    return claim if keep else replace(claim, claim="")


def _finding(finding: Finding, hint: int) -> Finding:
    return Finding(
        finding.line,
        finding.variable,
        finding.mistake if hint == KIND else "",
        message="",
        wrote=finding.wrote if hint == KIND else "",
        function=finding.function,
    )
