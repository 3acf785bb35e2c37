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
from clearprop.checking.need import Edit, Item, Reach
from clearprop.checking.numbered import Maker
from clearprop.checking.patience import Patience
from clearprop.checking.plainly import Plain
from clearprop.checking.reading import Reading, Step
from clearprop.checking.replays import OWN
from clearprop.checking.roles import places
from clearprop.checking.rules import has_decay, has_root
from clearprop.checking.scopes import scope_at
from clearprop.checking.suspects import groups_of
from clearprop.checking.telling import numbers_of
from clearprop.checking.trial import Arrays, Blame, Other, Trial, later
from clearprop.graph import Node

Spot = tuple[int, Item]  # a statement, and which of its values
FIRST_ROUND: tuple[Reach, ...] = ("slight",)
ROUNDS: tuple[Reach, ...] = (*FIRST_ROUND, "more")  # of each line, then of each again
FEWER: tuple[Reach, ...] = ("fewer",)  # what stands there too much, and plainly
LEAST = 0.5  # seconds for the edits of one statement,
SHARE = 0.5  # and at most this part of what is left
ROUGHLY = 1e-4  # of the largest entry: what differs by less is left to the judge


def small_slips(
    reading: Reading,
    judgement: Judgement,
    seconds: float,
    late: Callable[[], bool],
    rounds: Sequence[Reach] = ROUNDS,
    lines: frozenset[int] = frozenset(),
) -> Iterator[tuple[int, Edit]]:
    """Edits with which every outcome of a step comes right, with their statements.

    Only those of some ``lines``, where they are given.
    """
    trial = Trial(judgement.scene, judgement.outcomes)
    scene, outcomes = judgement.scene, judgement.outcomes
    right = groups_of(reading, scene, [o for o in outcomes if o.right])
    wrong = groups_of(reading, scene, [o for o in outcomes if not o.right])
    every = groups_of(reading, scene, outcomes)
    begins = scene.below - scene.befores | {e.node for e in scene.step.errors}
    # a forward pass that the backward pass runs again is one
    marks = reading.observed.marks.marked
    begun = {(m.site, m.item) for m in marks if m.source in begins}
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
        return spot in begun

    stated = {o.line for o in outcomes if o.right and o.statement is not None}
    common = [
        spot
        for spot in wrong
        if all(spot in groups for groups in each)
        and reading.observed.sites[spot[0]].statement.lineno not in stated
    ]
    order = sorted(common, key=unlikely)
    sites = reading.observed.sites
    if lines:
        order = [spot for spot in order if sites[spot[0]].statement.lineno in lines]
    if rounds == FEWER:
        order = [spot for spot in order if numbers_of(sites[spot[0]].statement)]
    patience = Patience(seconds)
    for reach in rounds:
        for number, (site, item) in enumerate(order):
            if patience.over or late():
                return
            here = is_forward((site, item))
            left = sum(is_forward(spot) == here for spot in order[number:])
            share = max(LEAST, min(SHARE, 1.5 / left) * patience.left)
            group = every[site, item]
            for edit in slipped(
                reading, trial, site, item, group, reach=reach, seconds=share
            ):
                yield site, edit


def looking_up(reading: Reading, step: Step) -> frozenset[int]:
    """The lines of a step's way back that only look something up: ``h = hs[-t]``."""
    tree = reading.observed.source.tree
    lines = {
        n.lineno
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign)
        and isinstance(n.targets[0], ast.Name)
        and isinstance(n.value, ast.Subscript)
        and any(isinstance(part, ast.Name) for part in ast.walk(n.value.slice))
    }
    anchors = {a.line for a in (*step.losses, *step.errors)}
    begun = False
    found = set()
    for binding in reading.log[step.first : step.last + 1] if lines else ():
        begun = begun or binding.line in anchors
        if begun and binding.line in lines and binding.node.inputs:
            found.add(binding.line)
    return frozenset(found)


@executes
def slipped(
    reading: Reading,
    trial: Trial,
    site: int,
    item: Item,
    group: Sequence[Marked],
    blank: bool = False,
    *,
    reach: Reach = "near",
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
        return slips(need, seconds, graph.rights, reach)
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
        self.shapes = {n.shape for n in scene.gradient}
        self.own = frozenset(m.node for m in group)
        after = later(scene, self.own)
        self.runs = [_Run(m, scope_at(reading, scene, m, blank), after) for m in group]
        wrong = [o for o in trial.judged().outcomes if not o.right]
        self.linear = [o for o in wrong if o.lead is None]
        self.decays = not has_decay(scene)
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
                given = self._given(made, few)
                if given is None or not self._may_fit(given, few):
                    return False
            given = self._given(made, len(self.scene.replays))
            judged = self.trial.tried(given.others) if given is not None else None
        except Exception:  # what an edit raises says that it is none
            return False
        return judged is not None and judged.whole

    def _given(self, made: Frame, replays: int) -> Other | None:
        """What each run gives in the first replays: it may read what earlier gave."""
        spoken = {n.id for n in ast.walk(made.statement) if isinstance(n, ast.Name)}
        given = Other(self.scene, {}, replays, self.own)
        for run in self.runs:
            found: Arrays = []
            chained = given.others and not spoken.isdisjoint(run.moving)
            read = given.read if chained else None
            for k in range(replays):
                scope = run.scope(spoken, k, self.scene.values, read, self.plain)
                value = np.asarray(made.result(scope, {}), dtype=float)
                if value.shape != run.node.shape:
                    if bare(value.shape) == bare(run.node.shape):
                        value = value.reshape(run.node.shape)
                    elif self.blank or value.shape not in self.shapes:
                        return None
                found.append(value)
            given.put(run.node, found)
        return given

    def _may_fit(self, given: Other, replays: int) -> bool:
        """Whether a step goes the gradient's way."""
        return all(self._goes_along(o, given.read, replays) for o in self.linear[:1])

    def _goes_along(
        self, outcome: Outcome, read: Callable[[Node], Arrays], replays: int
    ) -> bool:
        """Whether a step, or the gradient inside its rule, may be what is owed."""
        scene, update = self.scene, outcome.update
        gradient = scene.gradient.get(outcome.of)
        if gradient is None:
            return True
        wanted = scene.values(gradient)[:replays]
        if update is None:
            return _fits(read(outcome.node), [wanted])
        before = scene.values(update.before)[:replays]
        after = read(update.after)
        if any(a.shape != b.shape for a, b in zip(after, before)):
            return False
        found = [a - b for a, b in zip(after, before)]
        if any(f.shape != w.shape for f, w in zip(found, wanted)):
            return True  # the judge knows which shapes fit on
        parts = [wanted, before] if self.decays else [wanted]
        own = coordinate(scene.reading, update)
        if own is not None and not any(np.any(f[~own]) for f in found):
            found = [f[own] for f in found]
            parts = [[p[own] for p in part] for part in parts]
        if _fits(found, parts, each=has_root(scene, update)):
            return True
        scales = scene.metrics.get(update.after)
        if scales and own is None:
            with np.errstate(all="ignore"):
                bare = [f / s for f, s in zip(found, scales)]
            if _fits(bare, [wanted]):
                return True
        # of what a rule made of a gradient: which norm is left shows in each replay
        return any(_fits(read(g), [wanted], each=True) for g, _ in outcome.gates or ())


def _fits(
    found: Sequence[Any], parts: Sequence[Sequence[Any]], each: bool = False
) -> bool:
    """Whether it is one sum of constants times others; of ``each`` replay its own."""
    if any(f.shape != p.shape for part in parts for f, p in zip(found, part)):
        return True  # the judge knows which shapes fit on
    if not each:
        return _is_made_of(found, parts)
    return all(
        _is_made_of([f], [[part[k]] for part in parts]) for k, f in enumerate(found)
    )


def _is_made_of(found: Sequence[Any], parts: Sequence[Sequence[Any]]) -> bool:
    """Whether arrays are one sum of constants times others, everywhere."""
    wanted = np.concatenate([np.ravel(f) for f in found])
    basis = np.stack([np.concatenate([np.ravel(a) for a in p]) for p in parts], axis=1)
    sizes = np.max(np.abs(basis), axis=0)
    if not (np.isfinite(wanted).all() and np.isfinite(sizes).all() and sizes[0] > 0):
        return False
    basis, sizes = basis[:, sizes > 0], sizes[sizes > 0]  # a bias may begin at zero
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
