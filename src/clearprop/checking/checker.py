"""Checking a program: run it, read it, judge every step, name what is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clearprop.checking.blank_fill import in_place
from clearprop.checking.blank_words import with_mend
from clearprop.checking.crashes import patched
from clearprop.checking.judged import judgements
from clearprop.checking.marking import wanted as wanted_in
from clearprop.checking.observe import Observed, because, observe
from clearprop.checking.reading import Reading
from clearprop.checking.report import Finding, Report
from clearprop.checking.source import extended, without_loops
from clearprop.checking.spoken import unasked
from clearprop.checking.stated_words import unseen
from clearprop.checking.unfinished import Unfinished, finished, told
from clearprop.checking.verdict import Check, Runner
from clearprop.errors import ClearpropError, DeriveError, SourceError
from clearprop.trace.loss import identifier, is_error
from clearprop.trace.source import Source, read

# What looks for drivers and for mends is imported where it is first needed: most
# programs that are right need neither, and a check takes no longer than its imports.
if TYPE_CHECKING:
    from clearprop.checking.drivers import Driver


def check(
    target: Any,
    *arguments: Any,
    loss: str | None = None,
    call: str | None = None,
    data: Mapping[str, str] | None = None,
    claims: Sequence[str] = (),
    seed: int = 0,
) -> Report:
    """Check a hand-written backward pass.

    ``target`` is the path of a script or a notebook. ``loss`` is the expression it
    descends on, where the program doesn't say; ``call`` is how to call what it defines
    (``"net.train(X, y)"``); ``data`` gives shapes of data that isn't there
    (``{"X": "100,784"}``); ``claims`` say what variables must be, as comments do
    (``["delta_w = -learnrate * dL/d W"]``). The report never raises what the program
    does.

    Two functions are compared as a whole: ``check(forward, backward, x, w)``. See
    ``pairs`` for how their parameters are matched.
    """
    if not isinstance(target, str | os.PathLike):
        return _functions(target, arguments, seed)
    path = os.fspath(target)

    def run(source: Source, lines: frozenset[int] | None) -> Observed:
        wanted = None if lines is None else wanted_in(lines)
        return observe(source, loss=loss, wanted=wanted, data=data)

    try:
        source = replace(read(path), claims=tuple(claims))
        return checked(path, source, run, call=call, seed=seed)
    except ClearpropError as error:
        return Report(path, "undecided", reason=str(error))


def _functions(forward: Any, arguments: tuple[Any, ...], seed: int) -> Report:
    """A forward and a backward function, and example arguments."""
    from clearprop.checking.pairs import check_pair

    if not callable(forward) or not arguments or not callable(arguments[0]):
        raise SourceError(
            "check takes a file, or a forward and a backward function and example "
            "arguments: check(forward, backward, x, w)"
        )
    backward, *values = arguments
    try:
        return check_pair(forward, backward, values, seed)
    except ClearpropError as error:
        name = getattr(backward, "__name__", "backward")
        return Report(name, "undecided", reason=str(error))
    except Exception as error:
        name = getattr(backward, "__name__", "backward")
        said = f"{type(error).__name__}: {error}"
        finding = Finding(0, name, "crash", f"{name} raised {said}", function=name)
        return Report(name, "wrong", findings=[finding])


def checked(
    path: str, source: Source, run: Runner, *, call: str | None = None, seed: int = 0
) -> Report:
    """The report on a program that could be read."""
    state = finished(
        source, lambda s: run(s, None), lambda s, line: share(s, run, seed)
    )
    report = Report(path, "undecided", source=source.text, cells=source.cells)
    judged = True
    with in_place(state.source):
        try:
            _checked(report, state.source, run, call, seed, state)
        except ClearpropError:
            judged = False
            if not state.found:
                raise
    report = told(report, state)
    given = any(f.changes for f in report.findings)
    errors = any(is_error(identifier(b.variable)) for b in state.blanks)
    if state.blanks and not given and (errors or state.open or not judged):
        from clearprop.checking.blank_tried import filled_by_trying

        mend = filled_by_trying(state, run, seed)
        if mend is not None:
            report.findings = [with_mend(f, mend) for f in report.findings]
    return report


def share(source: Source, run: Runner, seed: int) -> float:
    """Which part of a program is right, 0 where it doesn't run."""
    with in_place(source):
        observed = run(source, None)
        if observed.problem is not None:
            return 0.0
        try:
            made = judgements(Reading(observed), seed)
        except ClearpropError:
            return 0.0
    every = [o.right for j in made for o in j.judgement.outcomes]
    if not every and not observed.stopped:  # functions that nobody calls in a step
        with suppress(ClearpropError):
            return float(checked("", source, run, seed=seed).verdict == "right")
    return sum(every) / len(every) if every else 0.0


def _checked(
    report: Report,
    source: Source,
    run: Runner,
    call: str | None,
    seed: int,
    state: Unfinished,
) -> None:
    """Judge a program whose blanks are filled in, as it is or through drivers."""
    first = Check(source, run, seed, state=state) if call is None else None
    checks = [first] if first is not None and first.judged else []
    if not checks or checks[0].guessed:
        from clearprop.checking.drivers import drivers

        made = drivers(source, call)
        driven = [_driven(source, d, run, seed, state, report, call) for d in made]
        checks = [c for c in driven if c is not None and c.judged] or checks
    if call is None and checks and not any(c.states_a_loss for c in checks):
        checks = _by_its_cost(source, run, seed, state, checks[0] is first) or checks
    ran = checks or ([first] if first is not None else [])
    reasons = [unasked(one.observed) for one in ran]
    if reasons and reasons[0] and all(reasons):
        raise reasons[0]
    if not checks:
        _nothing(source, first, report)
    for one in checks:
        one.refuse_cut_off()
        one.refuse_unheard()
        one.refuse_untraced()
        one.refuse_searched()
        one.refuse_vanished()
    for one in checks:
        one.into(report)
    judged = [j.judgement for c in checks for j in c.judged]
    report.claims += unseen(source, judged)
    report.verdict = "right" if all(c.whole for c in checks) else "wrong"


def _by_its_cost(
    source: Source, run: Runner, seed: int, state: Unfinished, runs: bool
) -> list[Check]:
    """The check against a cost that the program defines, where that finds more.

    What a program that ``runs`` has called shows which arguments fit; else the
    gradients themselves have to.
    """
    from clearprop.checking.drivers import of_cost
    from clearprop.checking.drivers.search import WHOLE

    made = [
        Check(extended(without_loops(source), d.text), run, seed, source, state=state)
        for d in of_cost(source)
        if runs or d.level == WHOLE
    ]
    return [one for one in made if one.judged and not one.whole]


def _driven(
    source: Source,
    driver: Driver,
    run: Runner,
    seed: int,
    state: Unfinished,
    report: Report,
    call: str | None,
) -> Check | None:
    """The check of a program that is called; None where its backward pass raises.

    That is the program's own fault where a name isn't there, or where one small edit
    lets it run; else the arguments that were made up may be why. Which shapes fit shows
    once the backward pass comes to its end: with that edit they are chosen anew.
    """
    program = extended(source, driver.text)
    if driver.runs:
        return Check(program, run, seed, source, state=state)
    own = finished(program, lambda s: run(s, None), lambda s, line: share(s, run, seed))
    own.patience = state.patience
    last = len(source.text.splitlines())
    crashes = [c for c in own.crashes if c.line <= last]
    if crashes and (own.lacks_a_name or any(c.changes for c in crashes)):
        known = {c.line for c in state.crashes}
        state.crashes += [c for c in crashes if c.line not in known]
        again = _driven_anew(source, driver, crashes, call)
        return Check(again or own.source, run, seed, source, state=own)
    blanks = [b for b in own.blanks if b.line <= last]
    if blanks:  # None, which only a call shows to be one
        state.blanks += [b for b in blanks if b.line not in state.lines]
        runs = own.observed.problem is None
        return Check(own.source, run, seed, source, state=own) if runs else None
    if own.raised is not None and driver.level:
        report.notes.append(
            f"{driver.why}, but they aren't checked: line {own.raised[1]} raised "
            f"{own.raised[0]} with arguments that were made up; --call says how they "
            "are called"
        )
    return None


def _driven_anew(
    source: Source, driver: Driver, crashes: Sequence[Finding], call: str | None
) -> Source | None:
    """The program with its crashes mended, and the driver that it has then."""
    from clearprop.checking.drivers import drivers

    if not all(c.changes for c in crashes):
        return None
    for crash in crashes:
        source = patched(source, crash)
    for other in drivers(source, call):
        if other.why == driver.why and other.runs:
            return extended(source, other.text)
    return None


def _nothing(source: Source, first: Check | None, report: Report) -> None:
    """Say why there is nothing to check."""
    if first is not None and first.observed.problem is not None:
        raise because(first.observed)
    if first is not None and first.reading.steps and first.reading.losses:
        raise DeriveError(
            f"{source.title}: a loss was found, but no line that says what it gives "
            "the gradient of. Name it, as in dW1, or say so in a comment: "
            "# clearprop: delta = dL/d W1. A search without gradients has nothing to "
            "check"
        )
    if first is not None and first.reading.updates:
        update = first.reading.updates[-1]
        name = first.reading.labels.get(update.leaf, update.binding.place)
        raise DeriveError(
            f"{source.title}: line {update.binding.line} moves {name}, but no loss or "
            f"error was found that moves it. If {name} is a state of the forward pass "
            "and no weight, check the two passes as functions: "
            "cp.check(forward, backward, x, w)"
        )
    if report.notes:
        raise DeriveError(f"{source.title}: {report.notes.pop(0)}")
    if first is not None and first.observed.stopped:
        raise DeriveError(
            f"{source.title} was stopped after {first.observed.seconds:.0f} s: no "
            "backward pass was seen until then. If it comes later, give the program "
            "less data or fewer steps"
        )
    from clearprop.checking.drivers import why

    raise DeriveError(why(source))


__all__ = ["check", "checked"]
