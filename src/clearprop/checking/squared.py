"""What a loss holds the square of: the weights that it shrinks.

Comes in: the nodes of a forward pass. Goes out: every value that is squared in it, seen
through views, so that one walk answers for all weights.
"""

from __future__ import annotations

from collections.abc import Iterable

from clearprop.graph import Node

VIEWS = ("broadcast", "reshape", "getitem", "mark", "astype")


def bare(node: Node) -> Node:
    """A value before it was turned, cut or repeated."""
    while node.op.name in VIEWS:
        node = node.inputs[0]
    return node


def squared(nodes: Iterable[Node]) -> set[Node]:
    """Everything that is squared, or counted without its sign."""
    found: set[Node] = set()
    for node in nodes:
        name = node.op.name
        if name not in ("square", "abs", "norm", "pow", "mul", "einsum"):
            continue
        sources = [bare(n) for n in node.inputs]
        if name in ("square", "abs", "norm"):
            found.update(sources)
        elif name == "pow" or len(set(sources)) == 1:
            found.add(sources[0])
    return found
