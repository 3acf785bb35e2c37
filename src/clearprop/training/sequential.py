"""Sequential updates: each weight moves before the next one's gradient is computed.

People write ``w2 = w2 - …`` and then use ``w2`` in the line for ``w1``: forward values
are those of the step's start, and wherever the backward pass, as the chain rule writes
it, reads a weight, it reads the weight as it is by then. This isn't the gradient step;
it is what such a program does. What goes in is the trace; what comes out is each
gradient with leaves of its own for the weights updated before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from clearprop.gradient.reverse import firm, gradients
from clearprop.graph import Node, ordered
from clearprop.trace.result import Leaf, Trace


def in_turn(
    trace: Trace, moved: Sequence[Leaf]
) -> tuple[dict[Node, Node | None], dict[Node, int]]:
    """The gradients in the order of the updates, and which leaf is which weight now."""
    graph = trace.graph
    walked = gradients(graph, trace.loss, [leaf.node for leaf in moved])
    forward = _forward_values(trace, moved)
    now: dict[Node, Node] = {}  # a weight's leaf -> its leaf after the update
    found: dict[Node, Node | None] = {}
    for leaf in moved:
        gradient = walked.get(leaf.node)
        if gradient is not None:
            gradient = firm(gradient, leaf.node.dtype)
            gradient = _reading_now(gradient, now, forward)
        found[leaf.node] = gradient
        now[leaf.node] = graph.input(leaf.label, leaf.value, leaf.node.dims)
    order = [leaf.node for leaf in moved]
    return found, {new: order.index(old) for old, new in now.items()}


def _forward_values(trace: Trace, moved: Sequence[Leaf]) -> set[Node]:
    """What the forward pass computed; ``-w1`` and ``W.T`` are weights still."""
    weights = {leaf.node for leaf in moved}
    found: set[Node] = set()
    for node in ordered([trace.loss]):
        same = node.op.moves or node.op.name == "neg"
        if same and len(node.inputs) == 1 and node.inputs[0] in weights:
            weights.add(node)
        if node not in weights:
            found.add(node)
    return found


def _reading_now(gradient: Node, now: dict[Node, Node], forward: set[Node]) -> Node:
    """The gradient with weights as they are now; forward values stay what they were."""
    made: dict[Node, Node] = {}
    for node in ordered([gradient]):
        if node in forward:
            made[node] = node
            continue
        inputs = [now.get(n, made.get(n, n)) for n in node.inputs]
        same = all(a is b for a, b in zip(inputs, node.inputs))
        made[node] = (
            node if same else node.graph.apply(node.op.name, *inputs, **node.params)
        )
    return now.get(gradient, made[gradient])


__all__ = ["in_turn"]
