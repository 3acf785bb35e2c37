"""Losses at weights that were moved for a look only: ``w + rho * g / norm(g)``.

A line search looks at such a loss. Sharpness-aware minimization (Foret et al. 2021) and
the extragradient method (Korpelevich 1976) take the gradient there, and the step from
the weights themselves. How the weights were moved counts as given.
"""

from __future__ import annotations

from collections.abc import Container, Sequence, Set

from clearprop.checking.anchors import Anchor
from clearprop.checking.terms import bare
from clearprop.graph import Node, back_to


def shifts(loss: Node, weights: Set[Node]) -> dict[Node, Node]:
    """What was added to weights before a loss has read them, by the sum.

    It is made of the same weight; a bias that is added to a layer isn't.
    """
    plain = {bare(n) for n in weights}
    found: dict[Node, Node] = {}
    for node in back_to([loss], weights):
        if node.op.name not in ("add", "sub"):
            continue
        for own, added in (node.inputs, node.inputs[::-1]):
            if bare(own) in plain and bare(own).shape == node.shape:
                made = {bare(n) for n in back_to([added], weights)}
                if bare(own) in made and bare(added) is not bare(own):
                    found[node] = added
    return found


def looked_at(
    group: Sequence[Anchor], weights: Set[Node], stepped: Container[Node]
) -> list[Anchor]:
    """Of some losses those at shifted weights, without those that the shifts are of.

    Such a one has to be among those that the weights were ``stepped`` by.
    """
    found = {a.node: shifts(a.node, weights) for a in group if a.node in stepped}
    added = {n for shift in found.values() for n in shift.values()}
    moved = set(weights)  # what shifts are made of, from the weights on
    for node in sorted(back_to(added, weights), key=_index):
        if not moved.isdisjoint(node.inputs):
            moved.add(node)
    moved -= weights
    return [
        a
        for a in group
        if found.get(a.node) or moved.isdisjoint(back_to([a.node], weights))
    ]


def _index(node: Node) -> int:
    return node.index


__all__ = ["looked_at", "shifts"]
