"""One small slip, wherever it is: edits of lines of which nobody can say what they owe.

Blame asks which gradient a line should have been. Where the answer has no name, as
within two loops, where a sum begins or where parts of an array are stored one by one,
the question is turned round: each small edit of each line of the backward pass is put
into the graph, and counts if every outcome comes right. Comes in: a marked run and its
judged step. Go out: edits with their statements, line by line. The program with one is
still to be run and judged.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clearprop.checking.apart import executes
from clearprop.checking.coordinates import coordinate
from clearprop.checking.judgement import Judgement, Outcome
from clearprop.checking.marks import Marked
from clearprop.checking.mend.frame import Frame
from clearprop.checking.mend.kinds_supply import bare
from clearprop.checking.mend.slips import slips, supplies
from clearprop.checking.mending import likened, need_of
from clearprop.checking.need import Edit, Item
from clearprop.checking.numbered import Maker
from clearprop.checking.patience import Patience
from clearprop.checking.plainly import Plain
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN
from clearprop.checking.roles import places
from clearprop.checking.scopes import scope_at
from clearprop.checking.suspects import groups_of
from clearprop.checking.trial import Arrays, Blame, Other, Trial, later
from clearprop.graph import Node

Spot = tuple[int, Item]  # a statement, and which of its values
LEAST = 0.3  # seconds for the edits of one statement,
SHARE = 0.5  # and at most this part of what is left
ROUGHLY = 1e-4  # of the largest entry: what differs by less is left to the judge


def small_slips(
    reading: Reading,
    judgement: Judgement,
    seconds: float,
    late: Callable[[], bool],
) -> Iterator[tuple[int, Edit]]:
    """Edits with which every outcome of a step comes right, with their statements."""
    trial = Trial(judgement.scene, judgement.outcomes)
    scene, outcomes = judgement.scene, judgement.outcomes
    right = groups_of(reading, scene, [o for o in outcomes if o.right])
    wrong = groups_of(reading, scene, [o for o in outcomes if not o.right])
    every = groups_of(reading, scene, outcomes)
    begins = scene.below | {e.node for e in scene.step.errors}
    fine = {o.line for o in outcomes if o.right}
    # what differs by its constant may be wrong for another's sake
    lost = [o for o in outcomes if not o.right and o.match is None]
    each = [groups_of(reading, scene, [o]) for o in lost]

    def unlikely(spot: Spot) -> tuple[bool, bool, bool, bool]:
        """What the loss, or something right, is made of is hardly what is wrong.

        Nor does a line compute anything that only gives a name: ``y = gates[t, :d]``.
        """
        statement = reading.observed.sites[spot[0]].statement
        value = getattr(statement, "value", None)
        names = isinstance(value, ast.Name | ast.Attribute | ast.Subscript)
        return statement.lineno in fine, is_forward(spot), spot in right, names

    def is_forward(spot: Spot) -> bool:
        return any(m.source in begins for m in wrong[spot])

    common = [spot for spot in wrong if all(spot in groups for groups in each)]
    order = sorted(common, key=unlikely)
    patience = Patience(seconds)
    for number, (site, item) in enumerate(order):
        if patience.over or late():
            break
        here = is_forward((site, item))
        left = sum(is_forward(spot) == here for spot in order[number:])
        share = max(LEAST, min(SHARE, 1.5 / left) * patience.left)
        group = every[site, item]
        for edit in slipped(reading, trial, site, item, group, seconds=share):
            yield site, edit


@executes
def slipped(
    reading: Reading,
    trial: Trial,
    site: int,
    item: Item,
    group: Sequence[Marked],
    blank: bool = False,
    *,
    seconds: float,
) -> list[Edit]:
    """The small edits of one statement that right everything; of a ``blank`` any."""
    scene = trial.scene
    scopes = reading.observed.marks.scopes
    if not all((m.site, m.turn) in scopes for m in group):
        return []  # it ran too often for each run to be known
    present = {m.node: scene.values(m.node) for m in group}
    blame = Blame(site, item, present, "", kind="slip", blank=blank)
    need = need_of(reading, scene, blame, {})
    if need is None:
        return []
    graph = _Graph(reading, trial, group, blank)
    if not blank:
        return slips(need, seconds, graph.rights)
    need = replace(need, derived=likened(reading, need, site))
    return supplies(need, seconds, graph.rights)


class _Graph:
    """The step with another statement in the place of one."""

    def __init__(
        self, reading: Reading, trial: Trial, group: Sequence[Marked], blank: bool
    ) -> None:
        self.trial = trial
        self.blank = blank
        self.scene = scene = trial.scene
        self.plain = Plain(reading.observed)
        after = later(scene, frozenset(m.node for m in group))
        self.runs = [_Run(m, scope_at(reading, scene, m, blank), after) for m in group]
        wrong = [o for o in trial.judged().outcomes if not o.right]
        ruled = any(o.rule or o.ratios for o in trial.outcomes)
        self.linear = [o for o in wrong if o.lead is None and not ruled]
        self.decays = any(o.decay for o in trial.outcomes)
        if blank and not self._is_straight():
            self.linear = []

    def _is_straight(self) -> bool:
        """Whether twice as far from a value is twice as far in the first outcome.

        Adam's steps aren't, and which rule is meant shows only where all is right.
        """
        found = []
        for times in (1.0, 2.0, 3.0):
            values = {
                m.node: [times * v for v in self.scene.values(m.node)[:1]]
                for m in self.runs
            }
            read = Other(self.scene, {**self.trial.others, **values}, 1).read
            found.append([read(o.node)[0] for o in self.linear[:1]])
        return all(
            np.allclose(c - b, b - a, rtol=1e-6, atol=1e-9 * np.max(np.abs(b)))
            for a, b, c in zip(*found)
        )

    def rights(self, made: Frame) -> bool:
        """Whether every outcome is right with what a statement gives then."""
        try:
            for few in (1, OWN):  # cheap to see, and it seldom fits
                values = self._given(made, few)
                if values is None or not self._may_fit(values, few):
                    return False
            values = self._given(made, len(self.scene.replays))
            judged = self.trial.tried(values) if values is not None else None
        except Exception:  # what an edit raises says that it is none
            return False
        return judged is not None and judged.whole

    def _given(self, made: Frame, replays: int) -> dict[Node, Arrays] | None:
        """What each run gives in the first replays: it may read what earlier gave."""
        spoken = {n.id for n in ast.walk(made.statement) if isinstance(n, ast.Name)}
        values: dict[Node, Arrays] = {}
        for run in self.runs:
            found: Arrays = []
            chained = values and not spoken.isdisjoint(run.moving)
            read = Other(self.scene, dict(values), replays).read if chained else None
            for k in range(replays):
                scope = run.scope(spoken, k, self.scene.values, read, self.plain)
                value = np.asarray(made.result(scope, {}), dtype=float)
                if value.shape != run.node.shape:
                    if not self.blank or bare(value.shape) != bare(run.node.shape):
                        return None
                    value = value.reshape(run.node.shape)
                found.append(value)
            values[run.node] = found
        return values

    def _may_fit(self, values: dict[Node, Arrays], replays: int) -> bool:
        """Whether a step goes the gradient's way."""
        read = Other(self.scene, {**self.trial.others, **values}, replays).read
        return all(self._goes_along(o, read, replays) for o in self.linear[:1])

    def _goes_along(
        self, outcome: Outcome, read: Callable[[Node], Arrays], replays: int
    ) -> bool:
        scene, update = self.scene, outcome.update
        gradient = scene.gradient.get(outcome.of)
        if gradient is None:
            return True
        parts = [scene.values(gradient)[:replays]]
        if update is None:
            found = read(outcome.node)
        else:
            before = scene.values(update.before)[:replays]
            after = read(update.after)
            if any(a.shape != b.shape for a, b in zip(after, before)):
                return False
            found = [a - b for a, b in zip(after, before)]
            if self.decays:
                parts.append(before)
            own = coordinate(scene.reading, update)
            if own is not None and not any(np.any(f[~own]) for f in found):
                found = [f[own] for f in found]
                parts = [[p[own] for p in part] for part in parts]
        if any(f.shape != w.shape for f, w in zip(found, parts[0])):
            return True  # the judge knows which shapes fit on
        return _is_made_of(found, parts)


def _is_made_of(found: Sequence[Any], parts: Sequence[Sequence[Any]]) -> bool:
    """Whether arrays are one sum of constants times others, everywhere."""
    wanted = np.concatenate([np.ravel(f) for f in found])
    basis = np.stack([np.concatenate([np.ravel(a) for a in p]) for p in parts], axis=1)
    sizes = np.max(np.abs(basis), axis=0)
    if not np.isfinite(wanted).all() or not (np.isfinite(sizes) & (sizes > 0)).all():
        return False
    solved = np.linalg.lstsq(basis / sizes, wanted, rcond=None)[0]
    rest = np.max(np.abs(basis / sizes @ solved - wanted))
    return bool(rest <= ROUGHLY * np.max(np.abs(wanted)))


class _Run:
    """One run of a statement, and what its names stood for."""

    def __init__(
        self, marked: Marked, scope: Mapping[str, Any], after: set[Node]
    ) -> None:
        self.node = marked.node
        self.names = scope
        self.moving = {  # what other runs of the statement have a part in
            name
            for name, value in scope.items()
            if any(n in after for _, n in places({name: value}) if isinstance(n, Node))
        }
        self.still: dict[tuple[str, int], Any] = {}

    def scope(
        self,
        spoken: set[str],
        replay: int,
        values: Callable[[Node], Arrays],
        read: Callable[[Node], Arrays] | None,
        plain: Plain,
    ) -> dict[str, Any]:
        """The names that a statement speaks of, as numbers of one replay."""
        made: dict[str, Any] = {}
        for name in spoken & self.names.keys():
            if read is not None and name in self.moving:
                made[name] = Maker(read, plain).value(self.names[name], replay)
                continue
            key = name, replay
            if key not in self.still:
                maker = Maker(values, plain)
                self.still[key] = maker.value(self.names[name], replay)
            made[name] = self.still[key]
        return made
