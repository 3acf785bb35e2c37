"""Weights whose place a step takes: ``W = rate * dW`` where ``+=`` is meant.

Nothing is left of the old weight in the new one, so that no update is seen (see
``terms``), and a program without it would be right in all that is left. What gives it
away is its value: the weight's own gradient, downhill. And weights that a step moves
by a constant, with nothing of a gradient in it: ``W += rate``. Comes in: a step and
what it moves. Goes out: such lines, as updates that will be found wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clearprop.checking.governed import place_of
from clearprop.checking.judgement import Outcome
from clearprop.checking.reading import Reading, Step, Update
from clearprop.checking.replays import Scene, match, tolerance
from clearprop.checking.terms import moved_from
from clearprop.graph import Node
from clearprop.trace.loss import identifier
from clearprop.trace.weights import is_weight

MOST = 100  # bindings of one weight that are looked at: its entries, one by one


def replaced(reading: Reading, step: Step, scene: Scene) -> Iterator[Outcome]:
    """The first binding of each weight that gives it a multiple of its gradient.

    A weight that has decayed on a line of its own may lose its place on the next.
    """
    moved = {u.leaf: u.binding for u in step.updates}
    leaves = {
        (identifier(reading.labels[leaf]), leaf.shape): leaf
        for leaf in scene.gradient
        if leaf in reading.labels
        and leaf.op.name == "input"
        and leaf.shape  # of one number, any other may happen to be a multiple
    }
    looked: dict[Node, int] = {}
    for binding in reading.log[step.first :]:
        node = binding.node
        leaf = leaves.get((identifier(binding.place), node.shape))
        if leaf is None or not node.inputs or node in scene.below or not node.is_float:
            continue
        before = binding.before
        if before is not None and leaf not in reading.inputs_of(before):
            continue  # another array of that name: votes = np.zeros(n) in each step
        last = moved.get(leaf)
        if last is not None and (
            binding.serial <= last.serial
            or place_of(binding) != place_of(last)  # the v['W'] of params['W']
            or node in reading.versions
        ):
            continue
        if moved_from(node, {leaf}.__contains__) is not None:
            drifts = last is None and leaf not in looked
            if drifts and _drifts(reading, scene, node, leaf):
                update = Update(binding, leaf, leaf, node, (binding.line,))
                yield Outcome("update", binding, leaf, node, update=update)
                looked[leaf] = MOST
            continue  # a velocity, or a state: it keeps what it was
        looked[leaf] = looked.get(leaf, 0) + 1
        if looked[leaf] > MOST:
            continue
        gradient = scene.gradient[leaf]
        near = tolerance([node, gradient])
        how = match(scene.values(node), scene.values(gradient), near, scene.floor)
        if how is not None and how.factor < 0:
            update = Update(binding, leaf, leaf, node, (binding.line,))
            yield Outcome("update", binding, leaf, node, update=update, replaces=True)
            looked[leaf] = MOST


def _drifts(reading: Reading, scene: Scene, node: Node, leaf: Node) -> bool:
    """Whether a weight that the loss has read is moved by a constant: ``W += lr``."""
    if not is_weight(identifier(reading.labels[leaf])):
        return False
    step = scene.step
    read = any(a.node.index < node.index for a in (*step.losses, *step.errors))
    if not read or not reading.inputs_of(node) <= {leaf}:
        return False
    steps = [a - b for a, b in zip(scene.values(node), scene.values(leaf))]
    first = float(steps[0].flat[0])
    return first != 0 and all(np.allclose(s, first) for s in steps)
