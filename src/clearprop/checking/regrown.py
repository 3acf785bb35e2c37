"""A weight that its own step gives another shape: where its gradient lost an axis.

``db = np.sum(dz, axis=1)`` is a row where ``b`` is a column, and ``b - rate * db`` is a
table, which raises in the next forward pass or, worse, doesn't. So it is where ``dz``
isn't summed at all. In comes a judged step; out go the first lines whose values have
all the gradient's numbers, or add up to them, or to the same sum, and not its shape,
each with the gradient as it should be, and the step without what they explain.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from clearprop.checking.constants import named_factor
from clearprop.checking.judgement import Judgement, Outcome
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN, match, tolerance
from clearprop.checking.terms import outgrown
from clearprop.checking.trial import Blame, cone_of


def regrown(reading: Reading, judgement: Judgement) -> tuple[list[Blame], Judgement]:
    """The lines to be mended, and what is left to be explained."""
    found: dict[tuple[int, object], Blame] = {}
    rest: list[Outcome] = []
    for outcome in judgement.outcomes:
        stepped = outcome.shape and outcome.update is not None
        blame = _grown(reading, judgement, outcome) if stepped else None
        if blame is None:
            rest.append(outcome)
        else:
            one = found.setdefault((blame.site, blame.item), blame)
            one.wanted.update(blame.wanted)  # the line of a helper, at every layer
    return list(found.values()), replace(judgement, outcomes=rest)


def _grown(reading: Reading, judgement: Judgement, outcome: Outcome) -> Blame | None:
    """The first line that gives the gradient of a weight in another shape."""
    scene = judgement.scene
    assert outcome.update is not None
    gradient = scene.gradient.get(outcome.of)
    if gradient is None:
        return None
    grads = scene.values(gradient)
    cone = cone_of([outcome.update.after], scene)
    tops = [o.node for o in judgement.outcomes if o.of is not outcome.of]
    shared = cone_of(tops, scene)  # dz itself is needed as it is
    marks = [m for m in reading.observed.marks.marked if m.node in cone]
    for marked in sorted(marks, key=lambda m: m.node.index):
        node = marked.node
        if node.shape == gradient.shape:
            continue
        totals = grads
        if math.prod(node.shape) == math.prod(gradient.shape):
            values = scene.values(node)
        elif node not in shared and outgrown(gradient.shape, node.shape):
            values = [_summed(v, gradient.shape) for v in scene.values(node)]
        elif node not in shared and node.ndim == gradient.ndim:
            # summed along another axis: only the sum of all entries is the same
            values = [np.sum(v) for v in scene.values(node)]
            totals = [np.sum(g) for g in grads]
        else:
            continue
        how = match(values, totals, tolerance([node, gradient]))
        if how is None or how.varied is None:
            continue
        times = _times(judgement, how.factor, node.shape, gradient.shape)
        wanted = [
            times * (how.factor if k < OWN else how.varied) * g
            for k, g in enumerate(grads)
        ]
        name = reading.labels.get(outcome.update.leaf, "")
        return Blame(
            marked.site, marked.item, {node: wanted}, name, times * how.factor,
            outcome.of,
        )  # fmt: skip
    return None


def _summed(value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A broadcast undone: the sum over the axes that a shape hasn't, or has as 1."""
    more = value.ndim - len(shape)
    kept = [a for a, n in enumerate(shape, more) if n != value.shape[a]]
    return np.reshape(np.sum(value, (*range(more), *kept)), shape)


def _times(
    judgement: Judgement,
    factor: float,
    shape: tuple[int, ...],
    owed: tuple[int, ...],
) -> float:
    """1, or 1 / n where the mean has the constant of the others, and the sum hasn't."""
    named = (named_factor(judgement.scene, o) for o in judgement.outcomes if o.right)
    usual = {f for f in named if f is not None}
    count = math.prod(shape) / math.prod(owed)

    def among(found: float) -> bool:
        return any(abs(found - f) <= 1e-6 * abs(f) for f in usual)

    return 1 / count if not among(factor) and among(factor / count) else 1.0
