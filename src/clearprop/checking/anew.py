"""What the states of a step start again from, where nothing at all would not do.

In a replay velocities are zero again. The matrix of a quasi-Newton method is the
identity again, and what conjugate gradients divide by, the old ``g @ g``, is what it
was in the run (Nocedal and Wright 2006, chapters 5 and 6): then a step goes along its
own gradient, as the first one did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.checking.reading import Reading
from clearprop.checking.terms import bare, moved_from
from clearprop.graph import Node, back_to, evaluate, ordered
from clearprop.prove import as_float64

if TYPE_CHECKING:
    from clearprop.checking.replays import Scene


def nothing(node: Node) -> Any:
    """The value of a state that starts again."""
    return np.zeros(node.shape) if node.shape else 0.0


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
    made = scene.reading.observed.made
    given = {m.node: as_float64(m.value) for m in made}
    given |= {n: own[n] for n in scene.befores}
    given |= {n: v for n, v in own.items() if n.op.impure}
    given |= {n: nothing(n) for n in states}
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
