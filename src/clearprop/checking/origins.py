"""Which leaves a value depends on, for every value of a graph that still grows.

Comes in a graph, goes out a set of leaves for each node, from one walk in which each
leaf is a bit.
"""

from __future__ import annotations

from clearprop.graph import Graph, Node


class Origins:
    """The leaves below each node."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._masks: list[int] = []
        self._leaves: list[Node] = []
        self._sets: dict[int, frozenset[Node]] = {}

    def of(self, node: Node) -> frozenset[Node]:
        """The leaves that a value depends on."""
        mask = self.mask(node)
        found = self._sets.get(mask)
        if found is None:
            found = frozenset(n for i, n in enumerate(self._leaves) if mask >> i & 1)
            self._sets[mask] = found
        return found

    def mask(self, node: Node) -> int:
        """The same as a number: a bit for each leaf."""
        masks = self._masks
        for n in self._graph.nodes[len(masks) : node.index + 1]:
            mask = 0
            if n.op.name == "input":
                mask = 1 << len(self._leaves)
                self._leaves.append(n)
            for source in n.inputs:
                mask |= masks[source.index]
            masks.append(mask)
        return masks[node.index]
