"""A loss without what guards its logarithms: ``np.log(p + 1e-7)`` means ``np.log(p)``.

Nobody differentiates the guard: ``p - t`` is what belongs to the cross-entropy, with or
without it. Comes in a loss as a node and a way to see which numbers are tiny; goes out
the same loss with its logarithms bare, or None where none of them is guarded.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from clearprop.graph import Node, back_to

TINY = 1e-4  # constants up to this only guard
_PASSES = frozenset(("reshape", "astype", "broadcast", "mark"))


def unguarded(
    loss: Node, ends: Container[Node], number: Callable[[Node], float | None]
) -> Node | None:
    """The loss with ``log(x)`` for ``log(x + tiny)`` and ``log(clip(x, tiny, …))``."""
    new: dict[Node, Node] = {}
    for node in sorted(back_to([loss], ends), key=lambda n: n.index):
        if node in ends:
            continue
        inputs = [new.get(n, n) for n in node.inputs]
        if node.op.name == "log":
            inputs = [_inside(inputs[0], number)]
        if inputs == list(node.inputs):
            continue
        if node.op.name == "mark":
            new[node] = inputs[0]
        else:
            new[node] = node.graph.apply(node.op.name, *inputs, **node.params)
    return new.get(loss)


def _inside(node: Node, number: Callable[[Node], float | None]) -> Node:
    """What a logarithm is taken of, without its guard."""

    def is_tiny(part: Node) -> bool:
        while part.op.name in _PASSES:
            part = part.inputs[0]
        value = number(part)
        return value is not None and 0 < abs(value) <= TINY

    while True:
        name, inputs = node.op.name, node.inputs
        if name in ("add", "sub", "maximum", "clip") and is_tiny(inputs[1]):
            node = inputs[0]
        elif name in ("add", "maximum") and is_tiny(inputs[0]):
            node = inputs[1]
        elif name == "mark":
            node = inputs[0]
        else:
            return node
