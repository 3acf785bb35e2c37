"""One program that was run: what its lines are, and what is to be mended in them.

Comes in a program and a way to run it. It is read and judged as it is made; ``into``
tells it to a report. Where something is wrong, lines are blamed and mends searched, and
the program with a mend is another ``Check``: it counts if that one is right.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from clearprop.checking.blank_fill import in_place
from clearprop.checking.claims import Claimed, claimed
from clearprop.checking.crashes import crashed, from_outgrown
from clearprop.checking.follows import consequences, merged
from clearprop.checking.judge import judge
from clearprop.checking.judged import Judged, judgements, under_best_loss
from clearprop.checking.judgement import Judgement
from clearprop.checking.left_out import read_whole
from clearprop.checking.losses import Candidate, candidates
from clearprop.checking.need import ONE, Edit
from clearprop.checking.observe import Observed, because
from clearprop.checking.outcomes import outcomes
from clearprop.checking.passes import backward_lines
from clearprop.checking.patience import Patience
from clearprop.checking.reading import Reading, Step
from clearprop.checking.replays import Scene
from clearprop.checking.report import Claim, Finding, Report
from clearprop.checking.source import with_text
from clearprop.checking.spoken import unheard
from clearprop.checking.staged import is_named_error
from clearprop.checking.stated_words import (
    constants,
    contradicted,
    in_stated_words,
)
from clearprop.checking.unfinished import LONGEST, Unfinished
from clearprop.checking.unnamed import BRANCH
from clearprop.checking.vanished import vanished
from clearprop.errors import ClearpropError, DeriveError, TraceError
from clearprop.graph import ordered
from clearprop.trace.source import Source, parsed

# What looks for drivers and for mends is imported where it is first needed: most
# programs that are right need neither, and a check takes no longer than its imports.
if TYPE_CHECKING:
    from clearprop.checking.findings import Found
    from clearprop.checking.mending import Mend
    from clearprop.checking.trial import Blame

# runs a program; with lines, their statements get marks
Runner = Callable[[Source, "frozenset[int] | None"], Observed]
SEARCHING = 6.0  # seconds for the searches of mends,
SECOND_LOOK = 2.0  # and where the program is looked at with another mend, or loss
SLIPS = 6.0  # and where edits are tried of lines of which nobody knows what they owe
SUPPLYING = 4.0  # and where a blank is filled by trying
SLIPS_TRIED = 8  # of those that may do, in the program itself
OVERWRITTEN = 2  # accumulators that are tried together with another mistake
_OURS = (
    ArithmeticError, AttributeError, LookupError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
_FAILED = (
    "clearprop itself failed while it looked for a mend ({error}): the verdict stands; "
    "please report it with this program"
)
_LATE = (
    f"the search for mends ended after {LONGEST:.0f} seconds of work: what was known "
    "by then is told, and there may be more to mend"
)
HOPELESS = 10**6  # outcomes that are wrong in a program that doesn't run


class Check:
    """One program that was run, and what is said of it."""

    def __init__(
        self,
        source: Source,
        run: Runner,
        seed: int,
        own: Source | None = None,
        *,
        state: Unfinished,
    ) -> None:
        """``own`` is the user's part of a program with a driver."""
        self.source = source
        self.state = state
        self.run = run
        self.seed = seed
        self.last = len((own or source).text.splitlines())
        self.observed = state.observed if source is state.source else run(source, None)
        self.reading, self.judged = read_whole(self.observed, seed)
        self.crash = False
        self.unsummed: Finding | None = None
        self.seconds = SEARCHING
        self.pairs = True  # whether two mends that only work together are looked for
        self.supplying = Patience(SUPPLYING)
        self.no_worse: list[tuple[int, Mend]] = []  # += for =, tried alone
        self.looked = False  # for what a line only looks up
        self.in_vain: set[frozenset[tuple[int, str]]] = set()  # steps without a slip

    @property
    def whole(self) -> bool:
        judged = all(j.judgement.whole for j in self.judged)
        return judged and not self.crash and self.unsummed is None

    @property
    def guessed(self) -> bool:
        """Whether nothing is moved, and only a difference without a name is a loss.

        ``dz = dh * (h_new - h_old)`` in a layer that was called with ones is none.
        """
        steps = self.reading.steps
        errors = [e for s in steps for e in s.errors]
        said = self.reading.losses or any(s.updates for s in steps)
        return bool(errors) and not said and not any(map(is_named_error, errors))

    @property
    def states_a_loss(self) -> bool:
        """Whether a step descends on a loss that the program computes."""
        return any(one.candidate.bound for one in self.judged)

    @property
    def late(self) -> bool:
        """Whether the check has taken so long that no more mends are looked for."""
        return self.state.patience.over

    @property
    def _left(self) -> int:
        """How many outcomes are wrong, in all steps."""
        return sum(j.wrong for j in self.judged)

    def into(self, report: Report) -> None:
        """Add claims and findings to a report."""
        if self.observed.problem is not None:
            self._ended_early(report)
        whole = all(j.judgement.whole for j in self.judged)
        found = [] if whole else self._told(report)
        if whole and not self.crash:
            self.unsummed = self._unsummed()
        if self.late and not all(f.changes for f in found):
            report.notes.append(_LATE)
        candidate = self.judged[0].candidate
        if not report.loss:
            report.loss, report.loss_from = candidate.text, candidate.source
        report.notes += [n for n in self.observed.notes if n not in report.notes]
        made: list[list[Claimed]] = []
        for one in self.judged:
            made.append(claimed(self.reading, one.judgement))
            report.notes += [
                n for n in constants(one.judgement) if n not in report.notes
            ]
        claims = merged([self._at_home(c) for c in step] for step in made)
        if not whole:
            findings = in_stated_words(found, claims)
            report.findings += findings
            claims = consequences(claims, findings)
        if self.unsummed is not None:
            report.findings.append(self.unsummed)
            claims = consequences(claims, [self.unsummed])
        report.claims += claims

    def _told(self, report: Report) -> list[Finding]:
        """The findings; where clearprop fails in looking for mends, the wrong line.

        That the program is wrong is known before any mend is looked for.
        """
        try:
            return self.findings()
        except _OURS as e:
            if "CLEARPROP_STRICT" in os.environ:
                raise
            report.notes.append(_FAILED.format(error=f"{type(e).__name__}: {e}"))
            return self._bare()

    def _unsummed(self) -> Finding | None:
        """What no step shows: a sum that keeps its last part, a mean of another's."""
        from clearprop.checking.roots import crossed
        from clearprop.checking.unemptied import unemptied
        from clearprop.checking.unrooted import unrooted
        from clearprop.checking.unsummed import found, unsummed

        judged = [j.judgement for j in self.judged]
        slips = chain(
            unsummed(self.reading, judged),
            crossed(self.reading),
            unrooted(self.reading),
            unemptied(self.reading, judged),
        )
        for statement, mend in slips:
            if statement.lineno <= self.last and not self.still_wrong(mend.text):
                return found(self.source, statement, mend)
        return None

    def _ended_early(self, report: Report) -> None:
        """A program that raised: its own fault is a finding, ours is no verdict."""
        if not self.whole and from_outgrown(self.observed):
            return
        finding = crashed(self.observed)
        if finding is not None and finding.line <= self.last:
            report.findings.append(finding)
            self.crash = True
        elif not self.whole:
            raise because(self.observed)

    def refuse_cut_off(self) -> None:
        """No verdict on gradients that a stopped run may have had half of."""
        moved = any(step.updates for step in self.reading.steps)
        if self.observed.stopped and not moved and not self.whole:
            raise DeriveError(
                f"{self.source.title} was stopped after {self.observed.seconds:.0f} s, "
                "and its gradients may not have been complete by then: give it less "
                "data or fewer steps"
            )

    def refuse_unheard(self) -> None:
        """No verdict where a stated claim means nothing to the program."""
        for one in self.judged:
            error = unheard(self.reading, one.step, one.judgement.scene)
            if error is not None:
                raise error

    def refuse_vanished(self) -> None:
        """No verdict where all that is right is so because nothing was seen."""
        if not self.whole:
            return
        for one in self.judged:
            error = vanished(one.judgement)
            if error is not None:
                raise error

    def refuse_searched(self) -> None:
        """No verdict on steps that no gradient makes."""
        if self.whole or self.state.lines:
            return
        from clearprop.checking.searched import unjudged

        for one in self.judged:
            error = unjudged(one.judgement)
            if error is not None:
                raise error

    def refuse_untraced(self) -> None:
        """No verdict where a value that left NumPy takes part in it."""
        lost = {n: a for a in self.observed.apart for n in a.results}
        if not lost:
            return
        for one in self.judged:
            scene = one.judgement.scene
            tops = [o.node for o in one.judgement.outcomes if not o.right]
            for node in ordered([scene.loss, *tops]):
                found = lost.get(node)
                if found is not None:
                    raise TraceError(
                        f"line {found.line}, {found.code}: {found.how} takes a value "
                        "out of what clearprop can follow, and the check depends on "
                        "it. Use NumPy's own functions there"
                    )

    def _at_home(self, made: Claimed) -> Claim:
        """A claim on a line of the driver belongs to the line that computed it."""
        claim = made.claim
        if claim.line <= self.last:
            return claim
        own = [
            b
            for b in self.reading.log[: made.binding.serial]
            if b.node is made.binding.node and b.line <= self.last
        ]
        if not own:
            return claim
        first, last = own[0], own[-1]
        hands_on = last.place.startswith("return") and first.line != last.line
        return replace(
            claim, line=last.line, function=last.function, variable=last.place,
            first=first.line if hands_on else 0,
        )  # fmt: skip

    def findings(self) -> list[Finding]:
        """What is to be mended, from a second run in which lines are kept apart."""
        from clearprop.checking.blank_blame import apart, known, righted
        from clearprop.checking.findings import found, mismatched, unmended
        from clearprop.checking.regrown import regrown
        from clearprop.checking.supplies import says_the_loss, supply

        lines = frozenset(
            n
            for n in backward_lines(
                self.source, self.observed, self.reading, self.judged
            )
            | self.state.lines
            if n <= self.last
        )
        again = Reading(self.run(self.source, lines), self.reading)
        name = self.judged[0].candidate.name
        steps = judgements(again, self.seed, name)
        if name == BRANCH:  # a step moves nothing where an input is 0
            steps.sort(key=lambda one: -one.uphill)
        for one in steps:
            if one.judgement.whole:
                continue
            summed = self._overwritten(again, one.judgement)
            if summed is not None and not summed[2]:
                return self._added(again, *summed)
            blanks = [*self.state.blanks, *self.state.holes] if self.state.lines else []
            if says_the_loss(again, one, blanks):
                self.state.open = True
                return []
            filled = known(again, one.judgement, blanks) if blanks else []
            lone = len(blanks) == 1 and not righted(one.judgement, filled)
            if lone:
                last = supply(self, again, one, blanks, [])
                if last is not None:
                    return [last]
                one = replace(
                    one, judgement=apart(again, one.judgement, blanks[0], filled)
                )
                if one.judgement.whole:
                    continue  # what else is wrong may be the blank's doing
            squeezed, judgement = regrown(again, one.judgement)
            filled += squeezed
            made = found(
                again,
                judgement,
                self.still_wrong,
                filled,
                self._left,
                seconds=min(self.seconds, self.state.patience.left),
                late=lambda: self.late,
            )
            if len(made) == len(blanks) == 1 and made[0].left >= max(1, self._left):
                made = [unmended(made[0])]  # nothing comes right with it
            plain = [f for f in made if f.mend is not None and not _is_odd(f)]
            if blanks and not lone and not (filled and plain):
                last = supply(self, again, one, blanks, plain)
                if last is not None:
                    return sorted([*(f.finding for f in plain), last], key=_line)
            if summed is not None and not (made and all(f.mend for f in made)):
                return self._added(again, *summed)
            if not (blanks or self.late):
                slip = None
                if not _within_lines(made):
                    slip = self._slip(again, one)
                    slip = slip or self._looked_up(again, one, lines)
                elif _get_a_number(again, made):
                    slip = self._without_a_number(again, one)
                if slip is not None:
                    return [slip]
            if not (blanks or one.judgement.right or _slight(made)):
                made = self._meant_otherwise(again, one, filled) or made
            if not blanks and (len(made) != 1 or made[0].mend is None):
                early = self._moved_early(again, one.judgement, alone=True)
                if early is not None:
                    return early
            if not made:
                continue
            if any(f.mend is None for f in made) and not self.late:
                if one.candidate.bound:
                    other = mismatched(
                        again, one.step, one.candidate, made, self._whole
                    )
                    if other is not None:
                        return [other]
                both = self._overwritten_as_well(again)
                both = both or self._moved_early(again, one.judgement)
                if both is not None:
                    return both
            left = self._left_over(one.judgement, made)
            findings = _in_order(made)
            return sorted([*findings, *left], key=_line) if left else findings
        every = [f for j in self.judged for f in contradicted(j.judgement)]
        return list({(f.line, f.variable): f for f in every}.values()) or self._bare()

    def _bare(self) -> list[Finding]:
        """The first wrong claim, where no line was found that rights anything."""
        for one in self.judged:
            wrong = [c for c in claimed(self.reading, one.judgement) if _is_wrong(c)]
            for made in wrong[:1]:
                claim = self._at_home(made)
                code = self.source.lines.get(claim.line, "").strip()
                says = f"no small edit was found; the line should be {claim.claim}"
                return [
                    Finding(
                        claim.line, claim.variable, "unknown", says, wrote=code,
                        expected=claim.claim, function=claim.function,
                    )
                ]  # fmt: skip
        return []

    def _meant_otherwise(
        self, again: Reading, one: Judged, filled: Sequence[Blame]
    ) -> list[Found]:
        """The mends under another standard loss, where one of those is a small edit.

        Of a wrong line nobody can see which loss it was to descend on: the one that
        leaves the least to mend.
        """
        from clearprop.checking.findings import found

        before = self.judged
        others = [] if one.candidate.bound else candidates(again, one.step)
        for name in dict.fromkeys(other.name for other in others):
            if not name or name == one.candidate.name:
                continue
            if self.late:
                break
            self.judged = judgements(self.reading, self.seed, name)
            meant = under_best_loss(again, one.step, self.seed, name)
            if self.judged and meant is not None:
                scene = meant.judgement
                made = found(
                    again,
                    scene,
                    self.still_wrong,
                    filled,
                    self._left,
                    seconds=SECOND_LOOK,
                    late=lambda: self.late,
                )
                if _slight(made):
                    return made
        self.judged = before
        return []

    def _slip(self, reading: Reading, one: Judged) -> Finding | None:
        """One small edit of any line that rights all the program, if there is one.

        In a step that is wrong where another was none is to be found either.
        """
        from clearprop.checking.slips import small_slips

        lines = frozenset(one.wrong_lines())
        if lines in self.in_vain:
            return None
        self.in_vain.add(lines)
        made = small_slips(
            reading, one.judgement, min(SLIPS, self.seconds), lambda: self.late
        )
        return self._first_that_rights(reading, made)

    def _looked_up(
        self, reading: Reading, one: Judged, lines: frozenset[int]
    ) -> Finding | None:
        """A line that looks up the wrong thing, ``dz = dzs[-t]``, and its mend.

        It computes nothing, and is marked for this alone.
        """
        from clearprop.checking.slips import FIRST_ROUND, looking_up, small_slips

        spots = looking_up(reading, one.step)
        if not spots or self.late or self.looked:
            return None
        self.looked = True
        asked = lines | {-line for line in spots}
        again = Reading(self.run(self.source, asked), self.reading)
        steps = judgements(again, self.seed, one.candidate.name)
        for step in steps:
            if step.step.number == one.step.number:
                made = small_slips(
                    again, step.judgement, SECOND_LOOK, lambda: self.late,
                    FIRST_ROUND, spots,
                )  # fmt: skip
                return self._first_that_rights(again, made)
        return None

    def _without_a_number(self, reading: Reading, one: Judged) -> Finding | None:
        """The mend of any line by a number that may go: ``g *= 2 * (most / norm)``."""
        from clearprop.checking.slips import FEWER, small_slips
        from clearprop.checking.telling import numbers_of

        made = small_slips(
            reading, one.judgement, SECOND_LOOK, lambda: self.late, FEWER
        )
        sites = reading.observed.sites
        fewer = (
            (site, edit)
            for site, edit in made
            if len(numbers_of(edit.parsed[0])) < len(numbers_of(sites[site].statement))
        )
        return self._first_that_rights(reading, fewer)

    def _first_that_rights(
        self, reading: Reading, made: Iterable[tuple[int, Edit]]
    ) -> Finding | None:
        """The first edit with which the whole program is right."""
        from clearprop.checking.findings import plainly_found
        from clearprop.checking.mending import applied

        for site, edit in islice(made, SLIPS_TRIED):
            statement = reading.observed.sites[site].statement
            mend = applied(self.source, statement, edit)
            if mend is not None and self.still_wrong(mend.text) == 0:
                return plainly_found(reading, site, mend)
        return None

    def _left_over(self, judgement: Judgement, made: Sequence[Found]) -> list[Finding]:
        """Stated claims that are wrong with every mend in place."""
        from clearprop.checking.trial import Trial

        wanted = {n: v for f in made for n, v in f.blame.wanted.items()}
        trial = Trial(judgement.scene, judgement.outcomes)
        here = {f.finding.line for f in made}
        judged = trial.tried(wanted)
        left = [] if judged is None else contradicted(judged)
        return [f for f in left if f.line not in here]

    def _overwritten(
        self, reading: Reading, judgement: Judgement
    ) -> tuple[int, Mend, int] | None:
        """An accumulator that is overwritten: where, its mend, what is wrong then."""
        from clearprop.checking.accumulate import overwritten
        from clearprop.checking.adaptive_slips import adaptive_slips
        from clearprop.checking.lined_up import lined_up
        from clearprop.checking.reordered import reordered
        from clearprop.checking.shared import shared
        from clearprop.checking.unused import unused

        best: tuple[int, Mend, int] | None = None
        for number, mend in chain(
            adaptive_slips(reading, judgement),
            overwritten(reading, judgement),
            reordered(reading, judgement),
            shared(reading),
            lined_up(reading),
            unused(reading, judgement),
        ):
            wrong = self.still_wrong(mend.text)
            if wrong == self._left and self.pairs:
                self.no_worse.append((number, mend))
            if wrong < (self._left if best is None else best[2]):
                best = number, mend, wrong
            if not wrong:
                break
        return best

    def _added(
        self, reading: Reading, number: int, mend: Mend, wrong: int
    ) -> list[Finding]:
        """The finding on an accumulator, and what else is to be mended then."""
        from clearprop.checking.findings import plainly_found

        first = plainly_found(reading, number, mend)
        if not wrong:
            return [first]
        return sorted([first, *self._with(mend).findings()], key=_line)

    def _overwritten_as_well(self, reading: Reading) -> list[Finding] | None:
        """An accumulator that is overwritten, and mistakes that hide it.

        Where one gradient is all that can be seen, nothing comes right before all of
        its mistakes are mended.
        """
        from clearprop.checking.findings import plainly_found
        from clearprop.checking.mending import patched

        tried, self.no_worse = self.no_worse[:OVERWRITTEN], []
        for number, mend in tried:
            rest = self._with(mend).findings()
            text = patched(mend.text, [c for f in rest for c in f.changes])
            if all(f.changes for f in rest) and self.still_wrong(text) == 0:
                first = plainly_found(reading, number, mend)
                return sorted([first, *rest], key=_line)
        return None

    def _moved_early(
        self, reading: Reading, judgement: Judgement, *, alone: bool = False
    ) -> list[Finding] | None:
        """What reads a weight that has moved and rights the program: all such lines.

        Or one of them ``alone``: it rights several steps where it is a factor of each.
        """
        from clearprop.checking.findings import plainly_found
        from clearprop.checking.mending import patched
        from clearprop.checking.moved_early import moved_early, together

        every = moved_early(reading, judgement.scene)
        for made in [[one] for one in every] if alone else [every]:
            text = patched(self.source.text, together([mend for _, mend in made]))
            if made and self.still_wrong(text) == 0:
                return sorted([plainly_found(reading, *one) for one in made], key=_line)
        return None

    def _with(self, mend: Mend) -> Check:
        """The check of the program with one mend, which looks for no further pair."""
        mended = with_text(self.source, mend.text)
        check = Check(mended, self.run, self.seed, state=self.state)
        check.pairs = False
        check.seconds = SECOND_LOOK
        return check

    def _whole(self, reading: Reading, step: Step, candidate: Candidate) -> bool:
        scene = Scene(reading, step, candidate.node, self.seed)
        judgement = judge(scene, outcomes(reading, step, scene))
        return bool(judgement.outcomes) and judgement.whole

    def still_wrong(self, text: str) -> int:
        """How many outcomes are wrong in the program with another text.

        Where it is late nothing more is tried.
        """
        if self.late:
            return HOPELESS
        mended = with_text(self.source, text)
        try:
            with in_place(mended):
                observed = self.run(mended, None)
                if observed.problem is not None and self.observed.problem is None:
                    return HOPELESS
                name = self.judged[0].candidate.name
                again = Reading(observed, meant=self.reading.meant)
                judged = judgements(again, self.seed, name)
        except ClearpropError:
            return HOPELESS
        if not judged or self._only_in_some_steps(judged, text):
            return HOPELESS
        if judged[0].moves < self.judged[0].moves:
            return HOPELESS  # a weight that isn't moved any more is not right
        # fewer steps may have been seen: each counts by its share
        wrong = [j.wrong for j in judged]
        return round(sum(wrong) * len(self.judged) / len(wrong))

    def _only_in_some_steps(self, judged: Sequence[Judged], text: str) -> bool:
        """Whether a line comes right in one step and stays wrong in another.

        What does that happens to have the right number there: a loop's counter is 1
        once. (Where a text has other lines, they can't be compared.)
        """
        if text.count("\n") != self.source.text.count("\n"):
            return False
        mended: set[tuple[int, str]] = set()
        left: set[tuple[int, str]] = set()
        for before, after in zip(self.judged, judged):
            mended |= before.wrong_lines() - after.wrong_lines()
            left |= before.wrong_lines() & after.wrong_lines()
        return bool(mended & left)


def _slight(made: Sequence[Found]) -> bool:
    """Whether a small edit mends each line."""
    costs = [f.mend.edit.cost if f.mend is not None else 2 * ONE for f in made]
    return bool(costs) and max(costs) < ONE


def _within_lines(made: Sequence[Found]) -> bool:
    """Whether each line has a mend that doesn't write it anew."""
    return bool(made) and all(f.mend and f.mend.edit.cost < 2 * ONE for f in made)


def _get_a_number(reading: Reading, made: Sequence[Found]) -> bool:
    """Whether the only line that is to be mended would get a number more."""
    from clearprop.checking.telling import oddity
    from clearprop.checking.trial import statement_of

    if len(made) != 1 or made[0].mend is None:
        return False
    edit = made[0].mend.edit
    was = statement_of(reading, made[0].blame)
    return edit.mistake == "scale" and oddity(was, edit) > 0


def _is_odd(found: Found) -> bool:
    """Whether a mend speaks of a number that nobody would write: ``0.05 * e``."""
    text = found.finding.suggestion or ""
    numbers = [n.value for n in ast.walk(parsed(text)) if isinstance(n, ast.Constant)]
    return any(isinstance(n, float) and (8 * n) % 1 for n in numbers)


def _is_wrong(made: Claimed) -> bool:
    return made.claim.status == "wrong"


def _line(finding: Finding) -> int:
    return finding.line


def _in_order(made: list[Found]) -> list[Finding]:
    return [f.finding for f in sorted(made, key=lambda f: f.serial)]
