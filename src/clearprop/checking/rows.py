"""What is said of a report, in order, before it is laid out as text or as HTML.

One row for each line of the backward pass: where it stands, what it is called, whether
it is right, and of what; under a line to mend, what was written, the mend and why. The
words are made here, so that a terminal and a notebook say the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from clearprop.checking.mistakes import MISTAKES
from clearprop.checking.report import Claim, Finding, Report
from clearprop.trace.source import Source

_LINE = re.compile(r"\b(cell \d+, )?line (\d+)")
_COUNTS = "no one two three four five six seven eight nine".split()
_WORDS = {"crash": "CRASH", "blank": "BLANK"}
_UNDECIDED = (
    "no line of it could be compared with a gradient: name the gradients after what "
    "they belong to, as in dW1 for W1"
)


@dataclass(slots=True)
class Row:
    """One line of the program, and what there is to say about each mistake in it."""

    place: str
    variable: str
    status: str  # of a claim
    word: str  # "right", "WRONG", "CRASH", "BLANK", "follows", "unchecked"
    says: str
    function: str = ""
    details: list[Details] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Details:
    """One thing to mend: labelled words, the numbers and the mistake's code."""

    entries: tuple[tuple[str, str], ...]
    yours: str
    right: str
    code: str


def place(report: Report, line: int) -> str:
    """``line 7``, or ``cell 2, line 3`` in a notebook."""
    tree = ast.Module([], [])
    return Source(report.file, report.source, tree, report.cells).named(line)


def placed(report: Report, text: str) -> str:
    """A sentence with the cells of a notebook for its lines."""
    if not report.cells:
        return text
    return _LINE.sub(lambda m: m[0] if m[1] else place(report, int(m[2])), text)


def headline(report: Report) -> str:
    """The result in a few words: ``two things to mend, lines 22 and 31``."""
    if report.verdict == "undecided":
        return "undecided"
    if report.verdict == "right":
        unchecked = any(c.status == "unchecked" for c in report.claims)
        which = "every gradient that can be checked" if unchecked else "every gradient"
        return f"well done: {which} is right"
    count = len(report.findings)
    blank = bool(count) and all(f.mistake == "blank" for f in report.findings)
    noun, verb = ("line", "fill in") if blank else ("thing", "mend")
    number = _COUNTS[count] if count < len(_COUNTS) else str(count)
    if not count:
        return "wrong"
    return (
        f"{number} {noun}{'s' if count > 1 else ''} to {verb}"
        f"{_places(report, [f.line for f in report.findings])}"
    )


def loss(report: Report) -> str:
    """The loss and where it was found."""
    if not report.loss_from:
        return report.loss
    where, _, code = report.loss_from.partition(": ")
    bare = re.sub(r"^(return\b|\w+\s*=(?!=))", "", code)
    said = "".join(bare.split()) == "".join(report.loss.split())
    source = placed(report, where if said else report.loss_from)
    return f"{report.loss}, from {source.removeprefix('from ')}"


def reason(report: Report) -> str:
    """Why nothing could be decided."""
    return placed(report, report.reason) or _UNDECIDED


def rows(report: Report) -> list[Row]:
    """Every claim, and what is to be mended where it stands."""
    loose = list(report.findings)
    made: list[tuple[Claim, Row]] = []
    for claim in report.claims:
        mine = [
            f for f in loose if (f.line, f.variable) == (claim.line, claim.variable)
        ]
        loose = [f for f in loose if f not in mine]
        told = {c.line for c, _ in made} | {f.line for f in report.findings}
        of_all = claim.status == "follows" and claim.because == claim.line
        if mine or not (of_all or _is_told(claim, told)):
            made.append((claim, _of_claim(report, claim, mine)))
    for finding in reversed(loose):  # in a helper, or where the program stopped
        at = next((i for i, (c, _) in enumerate(made) if _after(c, finding)), len(made))
        claim = Claim(finding.line, finding.variable, finding.expected, "wrong")
        made.insert(at, (claim, _of_finding(report, finding)))
    return [row for _, row in made]


def _is_told(claim: Claim, lines: set[int]) -> bool:
    """Whether a line only hands on what was said of the one that made it."""
    if claim.first not in lines:
        return False
    return claim.status == "right" or claim.because == claim.first


def _after(claim: Claim, finding: Finding) -> bool:
    """Whether a claim is told after a finding that has no claim of its own."""
    if claim.because is not None:
        return claim.because == finding.line
    here = claim.status == "unchecked" or claim.function == finding.function
    return here and claim.line > finding.line


def _scope(report: Report, line: int, function: str) -> str:
    """``Net.backward`` for the ``backward`` of a class, by the line."""
    if not function:
        return ""
    spans = [
        (first, name)
        for first, last, name in _functions(report.source)
        if first <= line <= last and name.rpartition(".")[2] == function
    ]
    return max(spans)[1] if spans else function


@lru_cache(maxsize=4)
def _functions(text: str) -> list[tuple[int, int, str]]:
    """The first and the last line of every function, and its name with its class."""
    try:
        stack: list[tuple[str, ast.AST]] = [("", ast.parse(text))]
    except SyntaxError:  # a notebook's magics
        return []
    found = []
    while stack:
        around, node = stack.pop()
        for child in ast.iter_child_nodes(node):
            name = around
            if isinstance(child, ast.FunctionDef):
                found.append((child.lineno, child.end_lineno or 0, around + child.name))
            elif isinstance(child, ast.ClassDef):
                name = f"{child.name}."
            stack.append((name, child))
    return found


def _of_claim(report: Report, claim: Claim, findings: Sequence[Finding]) -> Row:
    word, says = str(claim.status), claim.claim
    if findings or claim.status == "wrong":
        mistake = findings[0].mistake if findings else ""
        word, says = _WORDS.get(mistake, "WRONG"), _should_be(claim.claim)
    elif claim.status == "follows" and claim.because is not None:
        says = f"from {place(report, claim.because)}; right once that is mended"
    elif claim.status == "follows":
        says = ""
    return Row(
        place(report, claim.line),
        claim.variable,
        "wrong" if findings else claim.status,
        word,
        says,
        _scope(report, claim.line, claim.function),
        [_details(report, finding) for finding in findings if finding.mistake],
    )


def _of_finding(report: Report, finding: Finding) -> Row:
    return Row(
        place(report, finding.line),
        finding.variable,
        "wrong",
        _WORDS.get(finding.mistake, "WRONG"),
        _should_be(finding.expected),
        _scope(report, finding.line, finding.function),
        [_details(report, finding)] if finding.mistake else [],
    )


def _should_be(claim: str) -> str:
    return f"should be {claim}" if claim else ""


def _details(report: Report, finding: Finding) -> Details:
    kind = "" if finding.message else MISTAKES.get(finding.mistake, "")
    entries = (
        ("you wrote", finding.wrote),
        ("mend", finding.suggestion or ""),
        ("why", placed(report, finding.message)),
        ("kind", kind),
    )
    return Details(
        tuple((label, text) for label, text in entries if text),
        finding.yours,
        finding.right,
        finding.mistake,
    )


def _places(report: Report, lines: Sequence[int]) -> str:
    """``, lines 22 and 31``; in a notebook ``: cell 3, line 2 and cell 4, line 1``."""
    different = list(dict.fromkeys(lines))
    if report.cells:
        places = [place(report, line) for line in different]
        return (": " if len(places) > 1 else ", ") + _listed(places)
    noun = "line" if len(different) == 1 else "lines"
    return f", {noun} {_listed([str(line) for line in different])}"


def _listed(words: Sequence[str]) -> str:
    """``22``, ``22 and 31``, ``22, 31 and 40``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
