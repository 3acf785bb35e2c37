"""Outputs that are decided: the 1 or 0 of ``np.where(z >= 0, 1, 0)``.

No gradient goes through such a step, and a perceptron learns all the same: it descends
on the sum of ``(output - target) * z``, the perceptron criterion (Bishop 2006, eq.
4.54), whose gradient by z is the error itself. Comes in an output; goes out the z.

Where an ``if`` decides, ``output = 1`` or ``output = 0``, what it gives is no rate,
though it is a number with a name that a step is multiplied by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clearprop.graph import Node

if TYPE_CHECKING:
    from clearprop.checking.reading import Reading

_RENAMES = frozenset(("astype", "broadcast", "mark", "reshape"))
_RISES = {"gt": 1, "ge": 1, "lt": -1, "le": -1}  # with what stands left


def decided(output: Node) -> Node | None:
    """What an output of two values rises with, or None where it isn't decided so."""
    node, sign = output, 1
    while True:
        name = node.op.name
        inputs = [_bare(n) for n in node.inputs]
        moving = [i for i, n in enumerate(inputs) if n.op.name != "const" or n.shape]
        if len(moving) != 1:
            return None
        (at,) = moving
        inner = inputs[at]
        if name == "sign":
            return _turned(inner, sign)
        if name in _RISES:
            return _turned(inner, sign * _RISES[name] * (1 if at == 0 else -1))
        if name == "where" and at == 0:
            high, low = (n.params["value"] for n in inputs[1:])
            sign *= 1 if high > low else -1
        elif name == "neg" or (name == "sub" and at == 1):
            sign = -sign
        elif name == "mul":
            sign *= 1 if inputs[1 - at].params["value"] > 0 else -1
        elif name not in _RENAMES and name not in ("add", "sub"):
            return None
        node = inner


def by_if(reading: Reading) -> set[Node]:
    """The numbers of names that are given 1 at one time and 0, or -1, at another."""
    numbers = {
        m.node: float(m.value)
        for m in reading.observed.made
        if not m.node.shape and abs(float(m.value)) in (0, 1)
    }
    given: dict[str, set[Node]] = {}
    other: set[str] = set()
    for binding in reading.log:
        if binding.node in numbers:
            given.setdefault(binding.place, set()).add(binding.node)
        else:
            other.add(binding.place)
    return {
        node
        for place, nodes in given.items()
        if place not in other and len({numbers[n] for n in nodes}) > 1
        for node in nodes
    }


def _bare(node: Node) -> Node:
    while node.op.name in _RENAMES:
        node = node.inputs[0]
    return node


def _turned(z: Node, sign: int) -> Node | None:
    if not z.is_float:
        return None
    return z if sign > 0 else -z
