"""What an array owes entry by entry: ``dW[j, k] += delta[k] * h[j]`` in loops.

Each run of such a statement changes a few entries, and the array has its value only
after the last. Comes in: the marks of the statement, and what is to be added to each
entry at its first change, at its second and so on. Goes out: what the array holds after
each run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clearprop.checking.marks import Marked
from clearprop.checking.replays import Scene
from clearprop.graph import Node

MANY = 400  # runs that are followed

Values = list[np.ndarray]  # one for each replay


def filled(
    scene: Scene, group: Sequence[Marked], start: Values, goals: Sequence[Values]
) -> dict[Node, Values] | None:
    """The array after each run; None where they don't add up to all of the goals."""
    if len(group) > MANY:
        return None
    counts = np.zeros(group[0].node.shape, dtype=int)
    value = [np.array(a, dtype=float) for a in start]
    made: dict[Node, Values] = {}
    for marked in group:
        changed = _changed(scene, marked)
        if changed is None or changed.shape != counts.shape:
            return None
        if np.any(counts[changed] >= len(goals)):
            return None
        value = [a.copy() for a in value]
        for turn, goal in enumerate(goals):
            here = changed & (counts == turn)
            for a, g in zip(value, goal):
                a[here] += g[here]
        counts += changed
        made[marked.node] = value
    whole = [a + sum(parts) for a, *parts in zip(start, *goals)]
    return made if all(map(np.allclose, value, whole)) else None


def _changed(scene: Scene, marked: Marked) -> np.ndarray | None:
    """The entries that a run of a statement has changed, in one replay at least."""
    node = marked.source
    while node.op.name == "mark":
        node = node.inputs[0]
    if node.op.name not in ("setitem", "index_add"):
        return None
    before, after = scene.values(node.inputs[0]), scene.values(node)
    if before[0].shape != after[0].shape:
        return None
    changed: np.ndarray = np.any([b != a for b, a in zip(before, after)], axis=0)
    return changed
