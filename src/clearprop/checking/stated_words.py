"""What a report says of stated claims: in their own words, and how strictly they hold.

Comes in what was judged and found; go out the findings and notes that speak of a claim,
and the claims that no execution came to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from clearprop.checking.claims import function_of, number
from clearprop.checking.judgement import Judgement
from clearprop.checking.report import Claim, Finding
from clearprop.checking.stated import statements
from clearprop.trace.source import Source


def constants(judgement: Judgement) -> list[str]:
    """A word on claims that hold but for one constant, which the loss may have."""
    stated = [o for o in judgement.outcomes if o.right and o.lead is not None]
    sizes = [o.match.factor for o in stated if o.match is not None]
    if not sizes or abs(sizes[0] - 1) < 1e-5:
        return []
    constant = number(sizes[0], judgement.scene)
    return [
        f"what is stated is right but for one constant, {constant}, the same in every "
        "line: L is then so many times the loss above. A comment "
        "# clearprop: L = … makes it strict"
    ]


def contradicted(judgement: Judgement) -> list[Finding]:
    """Stated claims that are wrong, where no line can be mended without another's harm.

    A bias that is moved rightly by ``db`` leaves nothing to mend in ``db``: then what
    is stated of it is at odds with the program.
    """
    scene = judgement.scene
    made: list[Finding] = []
    for outcome in judgement.outcomes:
        one = outcome.statement
        if one is None or outcome.right:
            continue
        mistake, what = "unknown", "this is something else"
        if outcome.match is not None:
            factor = outcome.match.factor
            mistake = "sign" if abs(factor + 1) < 1e-5 else "scale"
            what = f"this is {number(abs(factor), scene)} times that"
            if factor < 0:
                what = (
                    "this is minus that" if mistake == "sign" else f"{what}, and minus"
                )
        finding = Finding(
            outcome.line, one.place, mistake,
            f"{one.text} is what is stated, and {what}", expected=one.text,
            function=function_of(outcome.binding),
        )  # fmt: skip
        if all((f.line, f.variable) != (finding.line, one.place) for f in made):
            made.append(finding)
    return made


def in_stated_words(
    findings: Sequence[Finding], claims: Sequence[Claim]
) -> list[Finding]:
    """Findings that expect what a comment says, in its words."""
    said = {(c.line, c.variable): c.claim for c in claims if c.stated}
    made = []
    for finding in findings:
        text = said.get((finding.line, finding.variable))
        if text is not None:
            message = finding.message
            if finding.expected:
                message = message.replace(finding.expected, text)
            finding = replace(finding, expected=text, message=message)
        made.append(finding)
    return made


def unseen(source: Source, judgements: Iterable[Judgement]) -> list[Claim]:
    """Stated claims that no step came to."""
    judged = {o.statement for j in judgements for o in j.outcomes}
    return [
        Claim(min(one.lines, default=0), one.place, one.text, "unchecked", stated=True)
        for one in statements(source)
        if one not in judged
    ]
