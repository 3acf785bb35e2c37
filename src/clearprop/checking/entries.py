"""What an array owes entry by entry: ``dW[j, k] += delta[k] * h[j]`` in loops.

Each run of such a statement changes a few entries, and the array has its value only
after the last. Comes in: the marks of the statement, and what is to be added to each
entry at its first change, at its second and so on. Goes out: what the array holds after
each run. Or, of a statement that fills an array, ``dW[j] = delta[j] * x``: what each
run stores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from clearprop.checking.executions import VIEWS, smaller
from clearprop.checking.marks import Marked
from clearprop.checking.reading import Update
from clearprop.checking.replays import Scene
from clearprop.checking.terms import alike, unmarked
from clearprop.checking.trial import Other, Trial, cone_of
from clearprop.graph import Node
from clearprop.ops.index import concrete_key

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


def evenly(
    scene: Scene, group: Sequence[Marked], start: Values, steps: Values
) -> dict[Node, Values] | None:
    """The array after each run, where runs that change the same entry share its step.

    A word that a text has twice moves twice, each time by the same.
    """
    if len(group) > MANY:
        return None
    every = [_changed(scene, marked) for marked in group]
    parts = [p for p in every if p is not None and p.shape == group[0].node.shape]
    if len(parts) < len(group):
        return None
    often = np.maximum(np.sum(parts, axis=0), 1)
    value = start
    made: dict[Node, Values] = {}
    for marked, part in zip(group, parts):
        value = [a + np.where(part, s / often, 0.0) for a, s in zip(value, steps)]
        made[marked.node] = value
    whole = [a + s for a, s in zip(start, steps)]
    return made if all(map(np.allclose, value, whole)) else None


def _changed(scene: Scene, marked: Marked) -> np.ndarray | None:
    """The entries that a run of a statement has changed, in one replay at least."""
    node = unmarked(marked.source)
    if node.op.name not in ("setitem", "index_add"):
        return None
    before, after = scene.values(node.inputs[0]), scene.values(node)
    if before[0].shape != after[0].shape:
        return None
    changed: np.ndarray = np.any([b != a for b, a in zip(before, after)], axis=0)
    return changed


def stores(scene: Scene) -> dict[Node, Node]:
    """Where each value is stored as a part of an array, however it is turned for it."""
    found: dict[Node, Node] = {}
    for node in scene.graph.nodes:
        if node.op.name == "setitem":
            part = node.inputs[1]
            found[part] = node
            while part.op.name in VIEWS:
                part = part.inputs[0]
                found.setdefault(part, node)
    return found


def stored(scene: Scene, node: Node, store: Node, whole: Values) -> Values | None:
    """The entries of an array that belong where a run stored its value.

    None where the value has more axes than they: no such store would have run.
    """
    indices = store.inputs[2:]
    if any(n.dtype.kind not in "iu" for n in indices):
        return None
    every = [scene.values(n) for n in indices]
    found = []
    for k, array in enumerate(whole):
        rows = [values[k].astype(int) for values in every]
        part = np.asarray(array[concrete_key(store.params["key"], rows)])
        if alike(part.shape, node.shape):
            part = part.reshape(node.shape)
        elif not smaller(node.shape, part.shape):
            return None
        found.append(part)
    return found


def single_entries(
    trial: Trial, update: Update, marks: Mapping[Node, Marked]
) -> dict[Node, np.ndarray]:
    """Where a weight takes up single numbers of one line: ``P[i][k] = P[i][k] + …``.

    However deep they are stored: it is seen from which entries change with them.
    """
    read, after = trial.reader(), update.after
    found: dict[Node, np.ndarray] = {}
    cone = cone_of([after], trial.scene)
    near = [n for n in marks if n in cone and not n.shape]
    for node in sorted(near, key=lambda n: -n.index)[:MANY]:
        if found and marks[node].site != marks[next(iter(found))].site:
            continue
        moved = {node: [a + 1 for a in read(node)]}
        then = Other(trial.scene, {**trial.others, **moved}).read(after)
        changes = [t - a for t, a in zip(then, read(after))]
        at = changes[0] != 0
        if np.count_nonzero(at) == 1 and all(np.allclose(c, at) for c in changes):
            found[node] = at
    return dict(sorted(found.items(), key=lambda item: item[0].index))
