"""Whether a value may be infinite, or nan, at entries that a mask leaves out.

``where(z > 0, g / z, 0)`` is ``g / z * (z > 0)`` only if ``z`` is never 0: a product of
nan with 0 is nan. What is computed from the very values that the mask compares may be
so: the mask is there to keep it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clearprop.graph import Node
from clearprop.ops.elementwise import number_of, origin

# Infinite, or nan, at some finite numbers.
_STEEP = frozenset(
    "log log2 log10 log1p sqrt cbrt arcsin arccos arctanh arccosh tan".split()
)
# So are these, at large ones, unless their operand is kept from these.
_GROWING = frozenset("exp exp2 expm1 sinh cosh".split())
_KEPT = ("minimum", "clip")


def compared(mask: Node) -> set[Node]:
    """The values that a mask is made from."""
    found, stack = set[Node](), [mask]
    while stack:
        node = origin(stack.pop())
        if node.dtype.kind == "b":
            stack += node.inputs
        elif number_of(node) is None:
            found.add(node)
    return found


def reads(node: Node, values: set[Node]) -> bool:
    """Whether a value is computed entry by entry from one of these."""
    return any(inner in values for inner in _below([node], values))


def needs(nodes: Iterable[Node], values: set[Node]) -> bool:
    """Whether one of the nodes may be infinite, or nan, for what the values are."""
    return any(
        reads(operand, values)
        for node in _below(nodes, values)
        for operand in _delicate(node)
    )


def _delicate(node: Node) -> tuple[Node, ...]:
    """The operands at some finite values of which the result is not finite."""
    if node.op.name == "div":
        return node.inputs[1:]
    if node.op.name == "pow":
        power = number_of(node.inputs[1])
        whole = power is not None and power >= 0 and power == int(power)
        return () if whole else node.inputs[:1]
    if node.op.name in _GROWING and origin(node.inputs[0]).op.name in _KEPT:
        return ()
    return node.inputs if node.op.name in _STEEP | _GROWING else ()


def _below(nodes: Iterable[Node], ends: set[Node]) -> Iterator[Node]:
    """The nodes, and what they are computed from entry by entry, down to the ends."""
    stack = [origin(node) for node in nodes]
    seen = set(stack)
    while stack:
        node = stack.pop()
        yield node
        if node.op.elementwise and node not in ends:
            inputs = {origin(n) for n in node.inputs} - seen
            seen |= inputs
            stack += inputs


__all__ = ["compared", "needs", "reads"]
