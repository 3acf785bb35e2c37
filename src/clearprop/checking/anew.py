"""What the states of a step start again from, where nothing at all would not do.

In a replay velocities are zero again. Where one is written as the way that a weight has
come, ``W - W_old``, the weight has been where it is. The matrix of a quasi-Newton
method is the identity again, and what conjugate gradients divide by, the old ``g @ g``,
is what it was in the run (Nocedal and Wright 2006, chapters 5 and 6): then a step goes
along its own gradient, as the first one did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.checking.nudges import STORES
from clearprop.checking.reading import Reading
from clearprop.checking.terms import bare, moved_from, whole_terms
from clearprop.graph import Node, back_to, evaluate, ordered
from clearprop.prove import as_float64

if TYPE_CHECKING:
    from clearprop.checking.replays import Scene

_FAR = 1e-3  # of a weight: how far back one looks
_ROWS = (*STORES, "mark")


def nothing(node: Node) -> Any:
    """The value of a state that starts again."""
    return np.zeros(node.shape) if node.shape else 0.0


def start_of(scene: Scene, node: Node) -> Node | None:
    """What a velocity, or a sum of squares, started from, row after row.

    What has no term of it, as the steps of Rprop, has its name (Riedmiller and Braun
    1993).
    """
    row = node
    first = moved_from(row, lambda n: _begins(scene, n))
    while first is None and row.op.name in _ROWS:
        row = row.inputs[0]
        first = moved_from(row, lambda n: _begins(scene, n))
    return scene.begun.get(node) if first is None else first


def begun(scene: Scene) -> dict[Node, Node]:
    """What each value of a state stands in the place of, at first."""
    made = scene.reading.observed.made
    first = {m.label: m.node for m in made if _begins(scene, m.node)}
    return {
        b.node: first[b.place]
        for b in scene.reading.log
        if b.place in first and first[b.place].shape == b.node.shape
    }


def _begins(scene: Scene, node: Node) -> bool:
    """Whether a leaf may be what a velocity, or a sum of squares, starts from."""
    if node in scene.below or node in scene.reading.parameters:
        return False  # a weight that decays is a term of its velocity
    return node.op.name == "input" and node.is_float


def lags(scene: Scene) -> dict[Node, Node]:
    """Where a weight was in the step before: what only this one subtracts.

    With where it is now. A copy that stays, as a penalty's or a target network's does,
    is another thing: no later step reads these. Nor is the weight moved from there, or
    back to there.
    """
    reading, step = scene.reading, scene.step
    earlier = [s for s in reading.steps if s.number < step.number]
    last = max((u.after.index for u in step.updates), default=-1)
    if len(earlier) == 1 and all(u.after.index <= last for u in reading.updates):
        return {}  # whether it stays isn't seen
    found: dict[Node, Node] = {}
    for update in step.updates:
        leaf, now = update.leaf, step.befores[update.leaf]
        current = bare(now)
        olds = _subtracted(reading, current, last)
        if olds and earlier and now is not leaf:
            olds &= _values_of(reading, leaf, earlier[-1].befores.get(leaf, leaf))
        elif olds:
            olds &= _replaced(reading, leaf)
        found |= {
            old: now for old in olds if not _goes_back(scene, old, now, update.after)
        }
    return found


def _subtracted(reading: Reading, now: Node, last: int) -> set[Node]:
    """What was there before a weight's value, and from then on is only subtracted."""

    def ends(way: Node, old: Node) -> bool:
        return way.op.name == "sub" and bare(way.inputs[1]) is old

    steps = reading.graph.nodes[now.index + 1 : last + 1]
    olds = {bare(n.inputs[1]) for n in steps if n.op.name == "sub"} - {now}
    return {
        old
        for old in olds
        if (old.index < now.index or old.op.name == "input")
        and all(
            n.index <= last and ends(n, old)
            for n in reading.readers(old)
            if n.index > now.index
        )
    }


def _goes_back(scene: Scene, old: Node, now: Node, after: Node) -> bool:
    """Whether a weight goes to where it was, and not on from there."""
    given = _as_it_was(scene)
    with np.errstate(all="ignore"):
        there, farther = (
            evaluate([after], {**given, old: given[now] + way}, rounds=False)[0]
            for way in (0.0, _FAR * (1 + np.abs(given[now])))
        )
    return bool(np.sum(farther - there) > 0)


def _as_it_was(scene: Scene) -> dict[Node, Any]:
    """What a step goes out from, in the run itself."""
    own = scene.own()
    given = {m.node: as_float64(m.value) for m in scene.reading.observed.made}
    given |= {n: own[n] for n in scene.befores}
    return given | {n: v for n, v in own.items() if n.op.impure}


def _values_of(reading: Reading, leaf: Node, start: Node) -> set[Node]:
    """What a weight was from one value on, with those on the way to the next."""
    values = {leaf, *(n for n, of in reading.versions.items() if of is leaf)}
    found = {bare(n) for n in values}
    later = (b.node for b in reading.log if b.node.shape == leaf.shape)
    found |= {bare(n) for n in later if moved_from(n, values.__contains__)}
    found |= {bare(n) for v in values for n in whole_terms(v) if n.shape == leaf.shape}
    return {n for n in found if n.index >= bare(start).index}


def _replaced(reading: Reading, leaf: Node) -> set[Node]:
    """Arrays that begin as a weight does, and are replaced by a value of it."""
    made = [m for m in reading.observed.made if m.node.shape == leaf.shape]
    begun = [m.value for m in made if m.node is leaf]
    alike = {
        m.label: m.node
        for m in made
        if m.node not in reading.parameters
        and any(np.array_equal(m.value, value) for value in begun)
    }
    values = _values_of(reading, leaf, leaf) if alike else set()
    return {
        alike[b.place]
        for b in reading.log
        if b.place in alike and bare(b.node) in values
    }


def divisors(scene: Scene) -> dict[Node, Any]:
    """What a step is divided by and would be 0 without states, as it was in the run."""
    states = set(scene.states())
    ends = scene.befores | states
    cone = back_to([u.after for u in scene.step.updates], ends)
    under = {bare(n.inputs[1]) for n in cone if n.op.name == "div"}
    of = [n for n in under if not _has_root(back_to([n], ends))]
    if not states or not of:
        return {}
    own = dict(scene.own())
    if any(n.op.impure for n in ordered(of, own)):
        return {}  # a draw of its own: another each time
    given = _as_it_was(scene) | {n: nothing(n) for n in states}
    with np.errstate(all="ignore"):
        values = evaluate(of, {}, own, rounds=False)
        empty = evaluate(of, given, rounds=False)
    return {n: v for n, v, e in zip(of, values, empty) if np.all(v) and not np.all(e)}


def _has_root(made: Iterable[Node]) -> bool:
    """Whether a rate adapts: AdaGrad divides by the root of what it has summed up."""
    return any(n.op.name in ("sqrt", "norm") for n in made)


def traces(scene: Scene) -> set[Node]:
    """The old z of ``z = decay * z + x``, which data alone makes and no loss reads.

    Eligibility traces sum up the slopes of earlier outputs (Sutton and Barto 2018,
    chapter 12).
    """
    shapes = {n.shape for n in scene.befores}
    found: set[Node] = set()
    for b in scene.reading.log[scene.step.first : scene.step.last + 1]:
        old = b.before
        if old is None or not old.inputs or old.shape not in shapes:
            continue
        if old in bare(b.node).inputs or {old, b.node} & scene.below:
            continue  # without a decay it is a sum that nothing sets to zero
        if moved_from(b.node, {old}.__contains__) is not None:
            found.add(old)
    return found


def identities(reading: Reading) -> set[Node]:
    """Square matrices under a name that began as the identity."""
    begun: dict[tuple[str, str], Node] = {}
    for b in reading.log:
        begun.setdefault((b.function, b.place), b.node)
    own = {m.node: np.asarray(m.value) for m in reading.observed.made if m.node.ndim}

    def is_identity(node: Node) -> bool:
        if node.op.name == "eye":
            return True
        return node in own and np.array_equal(own[node], np.eye(len(own[node])))

    return {
        b.node
        for b in reading.log
        if b.node.ndim == 2
        and b.node.shape[0] == b.node.shape[1]
        and is_identity(begun[b.function, b.place])
    }
