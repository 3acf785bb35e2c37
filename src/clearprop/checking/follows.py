"""The claims of a report: one for each line, and what follows from a line above.

Comes in the claims of every execution and the findings; goes out the report's table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from clearprop.checking.report import Claim, Finding

_WORSE = {"right": 0, "unchecked": 1, "follows": 2, "wrong": 3}


def merged(steps: Iterable[Sequence[Claim]]) -> list[Claim]:
    """A line that ran many times is one claim, as bad as its worst execution.

    One that moves all the weights of a list is a claim for each of them. What only a
    later step shows stands where the line stands among those of the first.
    """
    kept: list[Claim] = []
    at: dict[tuple[int, str, str], Claim] = {}
    for claims in steps:
        first = not kept
        for claim in claims:
            key = claim.line, claim.variable, claim.of
            known = at.get(key)
            if known is None and first:
                kept.append(claim)
            elif known is None:
                _insert(kept, claim)
            elif _WORSE[claim.status] > _WORSE[known.status]:
                kept[kept.index(known)] = claim
            else:
                continue
            at[key] = claim
    return kept


def _insert(claims: list[Claim], new: Claim) -> None:
    """Put a claim before the first one of a line below it in its function, or last."""
    below = (
        i
        for i, claim in enumerate(claims)
        if claim.function == new.function and claim.line > new.line
    )
    claims.insert(next(below, len(claims)), new)


def _base(variable: str) -> str:
    return variable.partition("[")[0]


def _of_part(spots: dict[tuple[int, str], Finding], claim: Claim) -> Finding | None:
    """The finding on ``out[rows] -= …``, for the claim on ``out`` of that line."""
    for line, variable in spots:
        if line == claim.line and variable.startswith(f"{claim.variable}["):
            return spots.pop((line, variable))
    return None


def consequences(claims: Sequence[Claim], findings: Sequence[Finding]) -> list[Claim]:
    """Wrong claims that come right once a line above them is mended follow from it."""
    spots = {(f.line, f.variable): f for f in findings}
    lines = [f.line for f in findings]
    made = []
    entries = {(f.line, _base(f.variable)) for f in findings if "[" in f.variable}
    told = {(c.line, c.variable) for c in claims}
    parts = {s for s in spots if "[" in s[1] and (s[0], _base(s[1])) in told}
    for claim in claims:
        spot = claim.line, claim.variable
        if spot in parts:
            continue  # dE[rows] is told where dE is
        entry = "[" in claim.variable and (claim.line, _base(claim.variable)) in entries
        if entry and claim.status == "right" and not claim.of and spot not in spots:
            continue  # what v[k] is to be mended in is not right at v['W1']
        here = spots.pop(spot, None)
        if here is None:
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
        _insert(made, new)
    return made
