"""A line before the blamed one, whose value is carried on entry by entry.

``dscores = probs``, ``dscores[rows, y] -= 1``, ``dscores /= n``: only the last of these
is the gradient of a forward value, so it is the one that blame finds. Were an earlier
one to be mended, its value follows from what the last should be: each entry goes on as
``a * entry + b``, one number of a row as all of the row. In comes a blamed statement
that no small edit mends, out go the earlier statements, each with the value that would
have made the last one right.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clearprop.checking.executions import smaller
from clearprop.checking.marks import Marked
from clearprop.checking.need import Item
from clearprop.checking.reading import Reading
from clearprop.checking.trial import UNFIT, Arrays, Blame, Other, Trial, cone_of
from clearprop.graph import Node

MOST = 6  # statements that are looked at, the nearest first,
TURNS = 12  # and turns of a loop
# The line a * x + b through three points is exact but for rounding.
NEAR = 1e-8


def earlier(reading: Reading, trial: Trial, blame: Blame) -> Iterator[Blame]:
    """Statements whose other value would give the blamed one its wanted value.

    Of a loop each turn has its own: ``dy = ps[t].copy()``, ``dy[target] -= 1``.
    """
    targets = sorted(blame.wanted, key=lambda n: n.index)
    if len(targets) > TURNS or any(n.op.name != "mark" for n in targets):
        return
    starts = [0, *(n.index for n in targets)]
    turns = [
        {(m.site, m.item): m for m in _before(reading, trial, target, start)}
        for target, start in zip(targets, starts)
    ]
    for spot, marked in turns[0].items():
        values: dict[Node, Arrays] = {}
        for target, turn in zip(targets, turns):
            if spot not in turn:
                break
            node, wanted = turn[spot].node, blame.wanted[target]
            other = _value(trial, node, target.inputs[0], wanted)
            if other is None:
                break
            values[node] = other
        if len(values) == len(targets):
            yield Blame(
                marked.site, marked.item, values, blame.name,
                blame.factor, None, kind="earlier", free=blame.free,
            )  # fmt: skip


def _before(reading: Reading, trial: Trial, target: Node, start: int) -> list[Marked]:
    """The marks that the target is made of, which ran once since, the nearest first."""
    cone = cone_of(target.inputs, trial.scene)
    found = [
        m
        for m in reading.observed.marks.marked
        if m.node in cone
        and m.node.index > start
        and (m.node.shape == target.shape or smaller(m.node.shape, target.shape))
        and m.node.shape
    ]
    sites = [m.site for m in found]
    once = [m for m in found if sites.count(m.site) == 1]
    return sorted(once, key=lambda m: -m.node.index)[:MOST]


def _value(trial: Trial, node: Node, end: Node, wanted: Arrays) -> Arrays | None:
    """What the node would have to be for the end to be as wanted."""
    others = {n: v for n, v in trial.others.items() if n is not node}
    read = Other(trial.scene, others).read if others else trial.scene.values
    try:
        now = [np.broadcast_to(a, end.shape) for a in read(node)]
    except UNFIT:  # what a weight is stretched to isn't the weight's own shape
        return None
    rng = np.random.default_rng(11)
    steps = [rng.uniform(0.5, 1.5, a.shape) for a in now]

    def with_step(times: float) -> Arrays:
        moved = [a + times * s for a, s in zip(now, steps)]
        return Other(trial.scene, {**others, node: moved}).read(end)

    try:
        start, one, two = with_step(0.0), with_step(1.0), with_step(-2.0)
    except UNFIT:
        return None
    found = []
    for a, s, e0, e1, e2, w in zip(now, steps, start, one, two, wanted):
        if not e0.shape == w.shape == a.shape:
            return None
        slope = (e1 - e0) / s
        size = np.max(np.abs(e1 - e0), initial=0.0) + np.max(np.abs(e0), initial=0.0)
        straight = np.max(np.abs(e2 - e0 + 2 * slope * s), initial=0.0) <= NEAR * size
        if not straight or not np.all(np.isfinite(slope)) or not np.all(slope):
            return None
        found.append(a + (w - e0) / slope)
    try:  # where entries are mixed, their slopes don't lead there
        there = Other(trial.scene, {**others, node: found}).read(end)
    except UNFIT:
        return None
    alike = all(
        np.allclose(t, w, rtol=1e-6, atol=NEAR * np.max(np.abs(w), initial=0.0))
        for t, w in zip(there, wanted)
    )
    if not alike:
        return None
    return found if node.shape == end.shape else _one_for_all(found)


def _one_for_all(found: Arrays) -> Arrays | None:
    """The number for each row, or each column, where its entries owe the same."""
    for axis in range(found[0].ndim):
        first = [np.take(a, [0], axis) for a in found]
        if all(np.allclose(a, f, rtol=1e-6) for a, f in zip(found, first)):
            return first
    return None


def taken_up(reading: Reading, trial: Trial, blame: Blame) -> Iterator[Blame]:
    """Statements whose value the blamed one adds to, at its next turn.

    ``lam = lam + direct`` takes up what ``lam = lam + dt * J.T @ lam`` has left: that
    owes what the first does without ``direct``.
    """
    if len(blame.wanted) < 2:
        return
    marks = {m.node: m for m in reading.observed.marks.marked}
    read = Other(trial.scene, trial.others).read if trial.others else trial.scene.values
    found: dict[tuple[int, Item], dict[Node, Arrays]] = {}
    for target, wanted in blame.wanted.items():
        total = target.inputs[0] if target.op.name == "mark" else target
        for part, sign in _terms(total):
            taken = marks.get(part)
            if taken is None or part.shape != target.shape or taken.site == blame.site:
                continue
            rest = [t - sign * p for t, p in zip(read(total), read(part))]
            values = found.setdefault((taken.site, taken.item), {})
            values[part] = [sign * (w - r) for w, r in zip(wanted, rest)]
    for (site, item), values in found.items():
        if len(values) >= len(blame.wanted) - 1:
            yield Blame(
                site, item, values, blame.name, blame.factor, None, kind="earlier",
                free=blame.free,
            )  # fmt: skip


def _terms(total: Node) -> Iterator[tuple[Node, int]]:
    """The terms of ``dx + out - data``, each with its sign."""
    stack = [(total, 1)]
    while stack:
        node, sign = stack.pop()
        if node is not total:
            yield node, sign
        if node.op.name in ("add", "sub"):
            first, second = node.inputs
            turned = -sign if node.op.name == "sub" else sign
            stack += [(first, sign), (second, turned)]


__all__ = ["earlier", "taken_up"]
