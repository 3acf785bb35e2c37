"""The claims of a report: one for each line, and what follows from a line above.

Comes in the claims of every execution and the findings; goes out the report's table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clearprop.checking.report import Claim, Finding

_WORSE = {"right": 0, "unchecked": 1, "follows": 2, "wrong": 3}


def merged(claims: Sequence[Claim]) -> list[Claim]:
    """A line that ran many times is one claim, as bad as its worst execution.

    One that moves all the weights of a list is a claim for each of them.
    """
    kept: dict[tuple[int, str, str], Claim] = {}
    for claim in claims:
        key = claim.line, claim.variable, claim.of
        known = kept.get(key)
        if known is None or _WORSE[claim.status] > _WORSE[known.status]:
            kept[key] = claim
    return list(kept.values())


def _of_part(spots: dict[tuple[int, str], Finding], claim: Claim) -> Finding | None:
    """The finding on ``out[rows] -= …``, for the claim that ``out`` is moved."""
    for line, variable in spots:
        if line == claim.line and variable.startswith(f"{claim.variable}["):
            return spots.pop((line, variable))
    return None


def consequences(claims: Sequence[Claim], findings: Sequence[Finding]) -> list[Claim]:
    """Wrong claims that come right once a line above them is mended follow from it."""
    spots = {(f.line, f.variable): f for f in findings}
    lines = [f.line for f in findings]
    made = []
    for claim in claims:
        here = spots.pop((claim.line, claim.variable), None)
        if here is None and claim.status == "wrong":
            here = _of_part(spots, claim)
        if here is not None:
            text = claim.claim if claim.stated else here.expected or claim.claim
            made.append(
                replace(claim, claim=text, status="wrong", variable=here.variable)
            )
        elif claim.status == "wrong" and lines:
            above = [n for n in lines if n <= claim.line] or lines
            made.append(replace(claim, status="follows", because=above[0]))
        else:
            made.append(claim)
    for finding in spots.values():
        new = Claim(
            finding.line, finding.variable, finding.expected, "wrong",
            function=finding.function,
        )  # fmt: skip
        place = next(
            (i for i, c in enumerate(made) if c.line > finding.line), len(made)
        )
        made.insert(place, new)
    return made
