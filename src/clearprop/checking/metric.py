"""Natural gradients and their like: ``mu += rate * grad_mu / fisher``.

A number that the weights alone make, and that is positive, measures how far a step of
the same length goes from here (Amari 1998): a step along the gradient that it
multiplies goes downhill, row by row too (Nickel and Kiela 2017). Comes in a step that
is no multiple of the gradient; goes out its match where it is one but for such numbers.
They have a name of their own, and so has the gradient: nothing inside a value that is
called a gradient may be explained so.
"""

from __future__ import annotations

import numpy as np

from clearprop.checking.judgement import Outcome, Values, moves
from clearprop.checking.names import gradient_of
from clearprop.checking.reading import Update
from clearprop.checking.replays import Scene, match
from clearprop.graph import Node, back_to

METRIC = "a metric"


def measured(
    scene: Scene, outcome: Outcome, found: Values, wanted: Values, near: float
) -> None:
    """The match of a step whose metric is left out."""
    update = outcome.update
    assert update is not None
    if update.after not in scene.metrics:
        scene.metrics[update.after] = _scales(scene, update)
    scales = scene.metrics[update.after]
    if scales:
        with np.errstate(all="ignore"):
            bare = [f / s for f, s in zip(found, scales)]
        outcome.match = match(bare, wanted, near, scene.floor)
    if outcome.match is not None:
        outcome.rule = METRIC


def _scales(scene: Scene, update: Update) -> list[np.ndarray]:
    """What a metric multiplies each entry of a step with, in every replay."""
    metrics = _metrics(scene, update.after)
    own = moves(scene, update) if metrics else None
    if own is None:
        return []
    count = len(scene.replays)
    ones = {n: [1.0] * count for n in metrics}
    made = scene.changed([update.after], ones, count)
    before = scene.values(update.before)
    plain = [np.asarray(a, dtype=float) - b for (a,), b in zip(made, before)]
    with np.errstate(all="ignore"):
        scales = [np.where(f * p != 0, f / p, 1.0) for f, p in zip(own, plain)]
    return scales if all(bool(np.all(s > 0)) for s in scales) else []


def _metrics(scene: Scene, after: Node) -> list[Node]:
    """Positive numbers of weights alone that a step reads beside its gradient."""
    cone = set(back_to([after], scene.befores))
    own = scene.reading.log[scene.step.first : scene.step.last + 1]
    named = [b.node for b in own if b.node in cone and gradient_of(b.place)]
    inside = set(back_to(named, scene.befores)) if named else cone
    return [
        n
        for n in dict.fromkeys(b.node for b in own)
        if n in cone - inside and _is_metric(scene, n)
    ]


def _is_metric(scene: Scene, node: Node) -> bool:
    """Whether weights make it, but no data and nothing of the forward pass is it."""
    if node in scene.below or node.shape or not node.is_float:
        return False
    weights = scene.befores | scene.reading.versions.keys()
    made = {n for n in back_to([node], weights) if n.is_float and not n.inputs}
    learned = {n for n in back_to([node], ()) if n in weights}
    given = {n for n in made if n.op.name != "const"} - set(scene.constants) - weights
    if not learned or given:
        return False
    return all(bool(np.all(v > 0)) for v in scene.values(node))
