"""How many points a report is worth: partial credit by claim.

A report comes in; the things that count go out, each with whether it is credited.
Every claim counts once, and so does every mistake that stands in no claim's own line
(a wrong intermediate, a helper function): else a program whose claims all follow from
it would be wrong and lose nothing. Right claims are credited, and claims that follow,
since they are right once the line before them is mended. A blank, a wrong line and
what a crash left unchecked are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearprop.checking.report import Claim, Finding, Report, Status


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that counts: a claim, or a mistake outside of the claims."""

    line: int  # 0 where it is the program as a whole
    variable: str
    claim: str
    status: Status
    finding: Finding | None = None
    because: int | None = None
    points: float = 1.0  # how much it counts, beside the others
    todo: int = 0  # its number in an exercise

    @property
    def credited(self) -> bool:
        """Whether it earns its points."""
        return self.status in ("right", "follows")


def items(report: Report) -> list[Item]:
    """What counts in a report, by line. Never empty.

    An undecided file has one item, which a person must look at; in a right one, a claim
    that could not be checked doesn't count.
    """
    if report.verdict == "undecided":
        return [whole("unchecked")]
    if report.verdict == "right":
        right = [_claimed(c, []) for c in report.claims if c.status == "right"]
        return right or [whole("right")]
    waiting = list(report.findings)
    found = [_claimed(claim, waiting) for claim in report.claims]
    found += [Item(f.line, f.variable, f.expected, "wrong", f) for f in waiting]
    if all(item.credited for item in found):
        found.append(whole("wrong"))
    return sorted(found, key=lambda item: item.line)


def share(counted: Sequence[Item]) -> float:
    """The part of the points that is earned, from 0 to 1."""
    earned = sum(item.points for item in counted if item.credited)
    return earned / sum(item.points for item in counted)


def whole(status: Status) -> Item:
    return Item(0, "the backward pass as a whole", "", status)


def _claimed(claim: Claim, waiting: list[Finding]) -> Item:
    """A claim with its finding, which then waits no longer."""
    here = [f for f in waiting if f.line == claim.line]
    same = [f for f in here if f.variable == claim.variable]
    finding = next(iter(same or (here if claim.status == "wrong" else [])), None)
    if finding is not None:
        waiting.remove(finding)
    return Item(
        claim.line,
        claim.variable,
        claim.claim,
        "wrong" if finding else claim.status,
        finding,
        claim.because,
    )
