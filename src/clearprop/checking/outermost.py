"""Errors that the updates of a step really come from.

A program may call many differences errors, or none: ``d = x - center`` is part of what
an output is made of, ``np.abs(v) - t`` shrinks a step that was made already. Comes in a
step with all its errors; go out those on which it descends.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping
from typing import TYPE_CHECKING

from clearprop.checking.anchors import Anchor
from clearprop.checking.terms import bare, moved_from
from clearprop.graph import Node, back_to, ordered

if TYPE_CHECKING:
    from clearprop.checking.reading import Step


def outermost(versions: Mapping[Node, Node], step: Step) -> list[Anchor]:
    """Errors that no other one is made of, each pair of values once.

    ``versions`` are the values that weights have had, each with the weight.
    """
    used: set[Node] = set(ordered([u.after for u in step.updates]))
    errors = _before_the_step(step)
    within = _within(versions, errors)
    kept: dict[frozenset[Node], Anchor] = {}
    for anchor in errors:
        if anchor.node not in used or anchor.node in within:
            continue
        assert anchor.output is not None and anchor.target is not None
        pair = frozenset((bare(anchor.output), bare(anchor.target)))
        kept.setdefault(pair, anchor)
    return list(kept.values()) or step.errors


def _before_the_step(step: Step) -> list[Anchor]:
    """Without the ``np.abs(v) - t`` that shrinks what a step has given already."""
    if len(step.errors) < 2:
        return step.errors
    befores = {u.before for u in step.updates}
    nodes = {a.node for a in step.errors}

    def is_stepped(node: Node) -> bool:
        if moved_from(node, befores.__contains__) is None:
            return False
        return not nodes.isdisjoint(back_to([node], befores))

    def follows(anchor: Anchor) -> bool:
        assert anchor.output is not None
        made = back_to([anchor.output], befores) - befores
        return any(n.op.name in ("add", "sub") and is_stepped(n) for n in made)

    return [a for a in step.errors if not follows(a)] or step.errors


def _within(versions: Mapping[Node, Node], anchors: list[Anchor]) -> set[Node]:
    """What the outputs are made of that were computed without a move in between."""
    moves = sorted(n.index for n in versions)
    stretches: dict[int, list[Node]] = {}
    for anchor in anchors:
        assert anchor.output is not None
        stretch = bisect(moves, anchor.node.index)
        stretches.setdefault(stretch, []).append(anchor.output)
    return {
        node
        for stretch, outputs in stretches.items()
        if len(outputs) > 1
        for node in back_to(outputs, versions)
        if bisect(moves, node.index) == stretch
    }
