"""Losses at weights that were moved for the look only: ``w + rho * g / norm(g)``.

Sharpness-aware minimization (Foret et al. 2021) and the extragradient method
(Korpelevich 1976) take the gradient there and the step from the weights themselves. How
the weights were moved counts as given.
"""

from __future__ import annotations

from clearprop.checking.anchors import Anchor
from clearprop.checking.reading import Step
from clearprop.checking.terms import bare
from clearprop.graph import Node, back_to


def shifts(step: Step, loss: Node) -> frozenset[Node]:
    """What was added to weights, made of the same ones, before a loss has read them."""
    weights = set(step.befores.values())
    plain = {bare(n) for n in weights}
    found: set[Node] = set()
    for node in back_to([loss], weights):
        if node.op.name not in ("add", "sub"):
            continue
        for own, added in (node.inputs, node.inputs[::-1]):
            if bare(own) in plain and bare(own).shape == node.shape:
                made = set(map(bare, back_to([added], weights)))
                if bare(own) in made and bare(added) is not bare(own):
                    found.add(added)
    return frozenset(found)


def looked_at(step: Step, group: list[Anchor]) -> list[Anchor]:
    """Of some losses those at shifted weights, without those that the shifts are of."""
    weights = set(step.befores.values())
    found = {a.node: shifts(step, a.node) for a in group}
    moved = set(weights)  # what shifts are made of, from the weights on
    for node in sorted(back_to(set().union(*found.values()), weights), key=_index):
        if not moved.isdisjoint(node.inputs):
            moved.add(node)
    moved -= weights
    return [
        a
        for a in group
        if found[a.node] or moved.isdisjoint(back_to([a.node], weights))
    ]


def _index(node: Node) -> int:
    return node.index


__all__ = ["looked_at", "shifts"]
