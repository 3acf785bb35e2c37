"""What a line owes so that an update that reads it moves its weight rightly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from clearprop.checking.constants import nets, own_number
from clearprop.checking.coordinates import coordinate
from clearprop.checking.entries import evenly, filled, single_entries, stored
from clearprop.checking.executions import VIEWS
from clearprop.checking.factors import factor_of
from clearprop.checking.judgement import Judgement, Outcome, moves
from clearprop.checking.marks import Marked
from clearprop.checking.need import Item
from clearprop.checking.reading import Reading, Update
from clearprop.checking.replays import OWN, Scene
from clearprop.checking.rules import NORM_CLIPPED
from clearprop.checking.terms import bare
from clearprop.checking.trial import Blame, Other, Trial, cone_of, later
from clearprop.graph import Node


def owed_by_updates(
    reading: Reading, trial: Trial, current: Judgement, wrong: Iterable[Outcome]
) -> Iterator[Blame]:
    """The statement moves a parameter: by the others' factor times its gradient."""
    scene = trial.scene
    marks = {m.node: m for m in reading.observed.marks.marked}
    found: dict[tuple[int, int], Blame] = {}
    wrong = list(wrong)
    yield from _turned(reading, trial, wrong, marks)
    for outcome in wrong:
        update = outcome.update
        if update is None:
            continue
        marked = _computed(_mark_of(reading, update.after, marks), marks)
        row = _row_of(update.after, marks) if marked is None else None
        single = {} if marked or row else single_entries(trial, update, marks)
        first = marks[next(iter(single))] if single else None
        marked = marked or row or first or _line_of(scene, update.after, marks)
        gradient = scene.gradient.get(outcome.of)
        if marked is None or gradient is None or outcome.inner is not None:
            continue  # a rule of its own has no constant to ask for
        before = scene.values(update.before)
        grads = scene.values(gradient)
        if outcome.rule == NORM_CLIPPED:
            yield from _as_the_others(scene, current, outcome, marked)
            continue
        yield from _pieces(reading, trial, current, outcome, marks)
        whole = moves(scene, update) if outcome.decay else None
        decayed = _decay(scene, current, outcome)
        rates = [(factor, True) for factor in _rates(scene, current, outcome)]
        unlike = list(_unlike(current, outcome))
        rates += [(factor, along) for factor in unlike for along in (True, False)]
        for turn, (factor, along) in enumerate(rates):
            wanted = [
                b + factor_of(factor, k) * (g + d)
                for k, (b, g, d) in enumerate(zip(before, grads, decayed))
            ]
            if whole is not None and outcome.match is not None:
                own = outcome.match.factor, outcome.match.varied or 1.0
                wanted = [  # the decay stays, of the size that it has
                    b + factor_of(factor, k) / factor_of(own, k) * m
                    if along
                    else b + m + (factor_of(factor, k) - factor_of(own, k)) * g
                    for k, (b, m, g) in enumerate(zip(before, whole, grads))
                ]
            steps = [w - b for w, b in zip(wanted, before)]
            here = coordinate(reading, update)
            if here is not None:  # the other entries are other steps' to move
                wanted = [b + here * s for b, s in zip(before, steps)]
            values = dict.fromkeys(_way(update.after, marked.node), wanted)
            if row is not None:
                part = stored(scene, row.node, bare(update.after), wanted)
                if part is None:
                    continue
                values = {row.node: part}
            if single:
                values = {
                    node: [w[at].reshape(node.shape) for w in wanted]
                    for node, at in single.items()
                }
            if marked.node in later(scene, frozenset([update.after])):
                beyond = Other(scene, {**trial.others, update.after: wanted}).read
                values[marked.node] = beyond(marked.node)  # projected, on the same line
            if not single:
                values |= _by_entries(reading, scene, outcome, marked, before, steps)
            known = found.get((marked.site, turn))
            if known is not None and outcome.match is not None:
                known.wanted.update(values)
                continue
            name = reading.labels.get(update.leaf, "")
            blame = Blame(
                marked.site, marked.item, values, name, factor[0], outcome.of,
                kind="update", outcome=outcome, varied=factor[1],
            )  # fmt: skip
            if outcome.match is None:  # another line's mistake, if not this one's
                yield blame
            else:  # one line moves all the weights of a list
                found[marked.site, turn] = blame
    yield from found.values()


def whole_lists(reading: Reading, trial: Trial, current: Judgement) -> Iterator[Blame]:
    """One line that moves several weights in turn, none of them along a gradient.

    Mostly an earlier line is to blame, as each weight has its own: see ``blame``.
    """
    wrong = [o for o in current.outcomes if not o.right]
    found: dict[tuple[int, Item, float], list[Blame]] = {}
    for blame in owed_by_updates(reading, trial, current, wrong):
        if blame.outcome is not None and blame.outcome.match is None:
            key = blame.site, blame.item, blame.factor
            found.setdefault(key, []).append(blame)
    for first, *others in found.values():
        if others:
            for other in others:
                first.wanted |= other.wanted
            yield first


def _decay(scene: Scene, current: Judgement, outcome: Outcome) -> Sequence[Any]:
    """The weight decay that the others' steps have, where this one moves its weight."""
    share = next((o.decay for o in current.outcomes if o.right and o.decay), 0.0)
    steps = moves(scene, outcome.update) if share and outcome.update else None
    if steps is None or outcome.match is not None:
        return [0.0] * len(scene.replays)
    before = scene.values(outcome.update.before)  # type: ignore[union-attr]
    return [share * np.where(m != 0, b, 0.0) for m, b in zip(steps, before)]


def _by_entries(
    reading: Reading,
    scene: Scene,
    outcome: Outcome,
    last: Marked,
    before: Sequence[np.ndarray],
    steps: list[np.ndarray],
) -> dict[Node, list[np.ndarray]]:
    """What a parameter holds after each run of a line that moves a few entries."""
    assert outcome.update is not None
    way = cone_of([outcome.update.after], scene)
    runs = [
        m
        for m in reading.observed.marks.marked
        if m.site == last.site and m.node in way and m.node.shape == last.node.shape
    ]
    if len(runs) < 2:
        return {}
    start = list(before)
    return (
        filled(scene, runs, start, [steps]) or evenly(scene, runs, start, steps) or {}
    )


def _as_the_others(
    scene: Scene, current: Judgement, outcome: Outcome, marked: Marked
) -> Iterator[Blame]:
    """A clipped step that is a constant times what it is for the others."""
    assert outcome.update is not None
    steps = moves(scene, outcome.update) or []
    before = scene.values(outcome.update.before)
    model = next((o for o in current.outcomes if o.right and o.ratios), None)
    if model is None:
        return
    wanted = [
        b + m * (there / here)
        for b, m, here, there in zip(before, steps, outcome.ratios, model.ratios)
    ]
    values = dict.fromkeys(_way(outcome.update.after, marked.node), wanted)
    name = scene.reading.labels.get(outcome.update.leaf, "")
    yield Blame(marked.site, marked.item, values, name, -1.0, outcome.of,
                kind="update", outcome=outcome)  # fmt: skip


def _turned(
    reading: Reading, trial: Trial, wrong: Sequence[Outcome], marks: dict[Node, Marked]
) -> Iterator[Blame]:
    """A line that moves parameters by a rule of its own, and all uphill."""
    groups: dict[tuple[int, Item], list[tuple[Node, Outcome]]] = {}
    for outcome in wrong:
        if outcome.update is None or not outcome.uphill:
            continue
        marked = _mark_of(reading, outcome.update.after, marks)
        if marked is not None:
            key = marked.site, marked.item
            groups.setdefault(key, []).append((marked.node, outcome))
    for (site, item), group in groups.items():
        if group[0][1].inner is None:
            continue
        wanted = {}
        for node, outcome in group:
            assert outcome.update is not None
            after = trial.scene.values(outcome.update.after)
            held = trial.scene.values(_moved_on(node, outcome.update))
            back = [2 * h - a for h, a in zip(held, after)]
            wanted[node] = wanted[outcome.update.after] = back
        first = group[0][1]
        name = trial.scene.label(first.of)
        yield Blame(site, item, wanted, name, -1.0, first.of, kind="update",
                    outcome=first)  # fmt: skip


def _moved_on(node: Node, update: Update) -> Node:
    """What a line that moves a weight goes on from: ``p -= decay * p`` before."""
    sums = bare(node)
    old = sums.inputs[0] if sums.op.name in ("add", "sub") else update.before
    own = old.shape == update.before.shape and old.index > update.before.index
    return old if own else update.before


def _pieces(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    outcome: Outcome,
    marks: dict[Node, Marked],
) -> Iterator[Blame]:
    """One of several lines that each move a part of a parameter: ``w[1:] += …``."""
    scene, update = trial.scene, outcome.update
    assert update is not None
    way = cone_of([update.after], scene)
    pieces = [n for n in marks if n in way and n.shape == update.after.shape]
    if len(update.lines) == 1 and len({marks[n].site for n in pieces}) == 1:
        return
    grads = scene.values(scene.gradient[outcome.of])
    for node in sorted(pieces, key=lambda n: n.index):
        source = node.inputs[0] if node.op.name == "mark" else node
        if source.op.name not in ("setitem", "index_add"):
            continue
        held, made = scene.values(source.inputs[0]), scene.values(source)
        if held[0].shape != made[0].shape:
            continue
        moved = held[0] != made[0]
        for factor in _rates(scene, current, outcome):
            wanted = [
                np.where(moved, h + factor_of(factor, k) * g, m)
                for k, (h, m, g) in enumerate(zip(held, made, grads))
            ]
            marked = marks[node]
            yield Blame(
                marked.site, marked.item, {node: wanted},
                reading.labels.get(update.leaf, ""), factor[0], outcome.of,
                kind="update", outcome=outcome, varied=factor[1],
            )  # fmt: skip


def _mark_of(reading: Reading, node: Node, marks: dict[Node, Marked]) -> Marked | None:
    """The mark of a new value, or that of what it was kept as."""
    kept = reading.observed.kept.get(node, node)
    for _ in range(4):
        if node in marks:
            return marks[node]
        if node.op.name != "mark":
            break
        node = node.inputs[0]
    return next((m for m in marks.values() if m.source is kept), None)


def _row_of(node: Node, marks: dict[Node, Marked]) -> Marked | None:
    """The mark of what is stored as a part of a weight: ``C[i] = C[i] - rate * dv``."""
    store = bare(node)
    if store.op.name != "setitem":
        return None
    part = store.inputs[1]
    while part not in marks and part.op.name in VIEWS:
        part = part.inputs[0]
    return marks.get(part)


def _line_of(scene: Scene, node: Node, marks: dict[Node, Marked]) -> Marked | None:
    """The mark of the line that goes on from a value: ``np.clip(new, 0, 1)``."""
    beyond = later(scene, frozenset([node]))
    first = min(marks.keys() & beyond, key=lambda n: n.index, default=None)
    return marks[first] if first is not None else None


def _computed(marked: Marked | None, marks: dict[Node, Marked]) -> Marked | None:
    """The line that a new value was computed on: ``new_w`` of ``w = new_w``.

    A mark of a mark only hands on what another line has made.
    """
    node = marked.node if marked is not None else None
    while node is not None and node.op.name == "mark":
        node = node.inputs[0]  # or of what a weight was kept as
        marked = marks.get(node, marked)
    return marked


def _way(top: Node, end: Node) -> list[Node]:
    """The marks of one value, from the last back to the first."""
    found = [top]
    while found[-1] is not end and found[-1].op.name == "mark":
        found.append(found[-1].inputs[0])
    return found if found[-1] is end else [end, top]


def _rates(
    scene: Scene, current: Judgement, outcome: Outcome
) -> Iterator[tuple[float, float]]:
    """The factors that an update may be meant to have."""
    for other in current.outcomes:
        if other.kind != "update" or not other.right or other.match is None:
            continue
        if other.inner is None and other.match.varied is not None:
            own = own_number(scene, outcome)
            if own is not None:
                yield from ((-own * net, -own * net) for net in nets(scene, other))
            yield other.match.factor, other.match.varied
            return
    if outcome.match is not None and outcome.match.varied is not None:
        yield -abs(outcome.match.factor), -abs(outcome.match.varied)
        return
    for node in scene.constants:
        here = float(np.asarray(scene.replays[0].given[node]))
        there = float(np.asarray(scene.replays[OWN].given[node]))
        if here > 0 and node not in scene.below:
            yield -here, -there
    yield -1.0, -1.0  # Trask's syn0 += l0.T.dot(l1_delta) knows no rate


def _unlike(current: Judgement, outcome: Outcome) -> Iterator[tuple[float, float]]:
    """The factors of the others, where of two steps that disagree neither is right."""
    if outcome.match is None or any(o.right for o in current.outcomes):
        return
    known = [outcome.match.factor]
    for other in current.outcomes:
        how = other.match
        if other.kind != "update" or other.inner is not None or how is None:
            continue
        near = 1e-6 * abs(how.factor)
        if how.varied and all(abs(abs(how.factor) - abs(k)) > near for k in known):
            known.append(how.factor)
            yield -abs(how.factor), -abs(how.varied)
