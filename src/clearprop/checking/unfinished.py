"""Programs that don't run yet: blanks and crashes, so that the rest is judged anyway.

Comes in a program as it was written; goes out one that runs, line for line the same,
with stand-ins for its blanks and the mend, or a stand-in, for a line that raises. It is
checked like any other; ``told`` then says of the program as it was written what was
found in this one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from clearprop.checking.blank_fill import filled
from clearprop.checking.blank_words import worded
from clearprop.checking.blanks import Blank
from clearprop.checking.crashes import (
    crashed,
    from_outgrown,
    is_own_test,
    patched,
    unreached,
)
from clearprop.checking.enclosing import statement_at
from clearprop.checking.observe import Observed
from clearprop.checking.patience import Patience
from clearprop.checking.report import Claim, Finding, Report
from clearprop.checking.source import with_text
from clearprop.trace.source import Source

LONGEST = 45.0  # seconds of work; after them no more mends are looked for
MOST = 3  # lines that raise, one after the other
_NAMES = (NameError, AttributeError, KeyError)

Run = Callable[[Source], Observed]
Score = Callable[[Source, int], float]


@dataclass(slots=True)
class Unfinished:
    """``source`` is the program to be checked in place of the ``written`` one."""

    written: Source
    source: Source
    observed: Observed
    blanks: list[Blank] = field(default_factory=list)
    crashes: list[Finding] = field(default_factory=list)
    holes: list[Blank] = field(default_factory=list)  # lines that raise, and no mend
    tests: list[Finding] = field(default_factory=list)  # assertions that don't hold
    open: bool = False  # whether what the loss is depends on a blank
    raised: tuple[Exception, int] | None = None  # what ended the first run, and where
    patience: Patience = field(default_factory=lambda: Patience(LONGEST))

    @property
    def lines(self) -> set[int]:
        """Lines that hold a stand-in."""
        return {b.line for b in (*self.blanks, *self.holes)}

    @property
    def lacks_a_name(self) -> bool:
        """Whether a name isn't there: no other arguments would change that."""
        return self.raised is not None and isinstance(self.raised[0], NameError)

    @property
    def found(self) -> bool:
        return bool(self.blanks or self.crashes)


def finished(source: Source, run: Run, score: Score) -> Unfinished:
    """The program made to run on as far as that can be done.

    ``score`` says which share of a mended program is right, from 0 to 1.
    """
    made = filled(source, run)
    state = Unfinished(source, made.source, made.observed, made.blanks)
    if made.observed.problem is not None:
        state.raised = made.observed.problem, made.observed.line
    while len(state.crashes) + len(state.tests) < MOST:
        if state.lines and not isinstance(state.observed.problem, _NAMES):
            break  # a stand-in of another shape may be why
        named = isinstance(state.observed.problem, NameError)
        if state.lines and not named and _reads_a_standin(state):
            break  # or one that has no such key
        if from_outgrown(state.observed):
            break  # the gradient is judged, of which the crash is a consequence
        crash = crashed(state.observed, score=score)
        if crash is None or crash.line in {c.line for c in state.crashes}:
            break
        if is_own_test(source, crash):
            untested = _untested(state.source, crash.line)
            if untested is None:
                break
            state.tests.append(crash)
            state.source, state.observed = untested, run(untested)
            continue
        state.crashes.append(crash)
        _past(state, crash, run)
    _unreached(state)
    return state


def _unreached(state: Unfinished) -> None:
    """Names that nothing defines, where the run didn't come: mended, it is the same."""
    for crash in unreached(state.source, state.observed.namespace.keys()):
        known = {c.line for c in state.crashes} | state.lines
        if len(state.crashes) == MOST or crash.line in known:
            continue
        state.crashes.append(crash)
        if crash.changes:
            state.source = patched(state.source, crash)


def _untested(source: Source, line: int) -> Source | None:
    """The program without an assertion, line for line: what it tests is judged."""
    statement = statement_at(source.tree, line)
    if not isinstance(statement, ast.Assert):
        return None
    last = statement.end_lineno or statement.lineno
    lines = source.text.splitlines()
    head = lines[statement.lineno - 1].encode()[: statement.col_offset].decode()
    if head.strip():
        return None
    rest = [""] * (last - statement.lineno)
    lines[statement.lineno - 1 : last] = [f"{head}pass", *rest]
    return with_text(source, "\n".join(lines) + "\n")


def _past(state: Unfinished, crash: Finding, run: Run) -> None:
    """Go on behind a line that raises: mended, or with a stand-in for its value."""
    if crash.changes:
        made = filled(patched(state.source, crash), run)
        state.source, state.observed = made.source, made.observed
        return
    for hole in _holes(state.source, crash):
        made = filled(state.source, run, [hole])
        if made.observed.problem is None or made.observed.line != crash.line:
            state.holes.append(hole)
            state.source, state.observed = made.source, made.observed
            return


def _holes(source: Source, crash: Finding) -> Iterator[Blank]:
    """A line that raises, as a blank; first each part of ``{"W1": …, "W2": …}``."""
    statement = statement_at(source.tree, crash.line)
    if not isinstance(statement, ast.Assign | ast.Return) or statement.value is None:
        return
    whole, place = statement.value, crash.variable
    parts: dict[str, ast.expr] = {}
    if isinstance(whole, ast.Dict):
        named = ((k, v) for k, v in zip(whole.keys, whole.values) if k is not None)
        parts = {f"{place}[{ast.unparse(key)}]": value for key, value in named}
    elif isinstance(whole, ast.Tuple):
        parts = {f"{place}[{k}]": value for k, value in enumerate(whole.elts)}
    if isinstance(statement, ast.Assign) and not isinstance(
        statement.targets[0], ast.Tuple | ast.List
    ):
        parts[place] = whole
    last = statement.end_lineno or statement.lineno
    for name, value in parts.items():
        yield Blank(
            statement.lineno, last, name, "value", statement, value,
            function=crash.function,
        )  # fmt: skip


def _reads_a_standin(state: Unfinished) -> bool:
    """Whether the line that raises now reads what holds a stand-in."""
    statement = statement_at(state.source.tree, state.observed.line)
    if statement is None:
        return False
    read = {ast.unparse(n) for n in ast.walk(statement) if isinstance(n, ast.expr)}
    return any(b.variable in read for b in (*state.blanks, *state.holes))


def told(report: Report, state: Unfinished) -> Report:
    """The report on the program that ran, as one on the program that was written."""
    if state.tests and report.verdict == "right":  # only the program says it is wrong
        report.findings, report.verdict = state.tests[:1], "wrong"
    if not state.found:
        return report
    mended = {finding.line: finding for finding in report.findings}
    told_already = {crash.line for crash in state.crashes}
    # what a program that ended there doesn't show may be all that is wrong elsewhere
    lost = state.holes or not all(c.changes for c in state.crashes)
    others = [
        f
        for f in report.findings
        if f.line not in {h.line for h in state.holes}
        and not (lost and f.mistake == "unknown")
        and not (f.mistake == "crash" and f.line in told_already)
    ]
    findings = worded(state.written, others, state.blanks)
    findings += [_with_right(crash, mended) for crash in state.crashes]
    report.findings = sorted(findings, key=lambda f: f.line)
    report.verdict, report.reason = "wrong", ""
    if state.open:
        report.loss, report.claims = "", []
        there = state.blanks or state.crashes
        lines = " and ".join(str(b.line) for b in there)
        done = "filled in" if state.blanks else "mended"
        report.notes.append(
            f"the loss depends on line {lines}: what is right in the other lines shows "
            f"once that is {done}"
        )
    report.source = state.written.text
    report.claims = _claims(report, min((h.line for h in state.holes), default=None))
    return report


def _with_right(crash: Finding, mended: dict[int, Finding]) -> Finding:
    """A crash with what the line should have been, where a stand-in showed it."""
    there = mended.get(crash.line)
    if crash.changes or there is None:
        return crash
    return replace(
        crash, suggestion=there.suggestion, expected=there.expected,
        right=there.right, changes=there.changes,
    )  # fmt: skip


def _claims(report: Report, hole: int | None) -> list[Claim]:
    """The claims, with those of the blanks and of the lines that raise as wrong.

    What is wrong without a finding comes from the stand-in in the ``hole``'s line.
    """
    wrong = {
        (f.line, f.variable): f
        for f in report.findings
        if f.mistake in ("blank", "crash")
    }
    bodies = {f.line for f in wrong.values() if f.variable == f.function}
    mended = {  # a line that is right with the mend of one that raises further down
        line: f.line
        for f in report.findings
        if f.mistake == "crash"
        for change in f.changes
        for line in range(change.first, change.last + 1)
    }
    told = {f.line for f in report.findings}
    made = []
    for claim in report.claims:
        if claim.line in bodies and claim.variable.startswith("return"):
            continue  # that of the stand-in: the function as a whole is the blank
        finding = wrong.pop((claim.line, claim.variable), None)
        if finding is not None:
            says = finding.expected or claim.claim
            claim = replace(claim, claim=says, status="wrong", because=None)
        elif hole and claim.status == "wrong" and claim.line not in told:
            claim = replace(claim, status="follows", because=hole)
        elif claim.status == "right" and claim.line in mended:
            claim = replace(claim, status="follows", because=mended[claim.line])
        made.append(claim)
    made += [
        Claim(f.line, f.variable, f.expected, "wrong", function=f.function)
        for f in wrong.values()
        if f.expected
    ]
    return sorted(made, key=lambda c: c.line) if wrong else made
