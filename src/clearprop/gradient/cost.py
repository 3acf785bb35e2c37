"""What an expression costs: the measure by which one form of it is preferred.

The cost of an operation grows with the number of axes of what it computes: work on a
number or a row is next to nothing beside work on a matrix. Between forms of equal work
the one that is shorter in print wins, and between those the one that was there before.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clearprop.gradient.match import varies
from clearprop.graph import Node
from clearprop.ops.elementwise import number_of

AXIS = 6  # how many times more work one axis more is
WORK = 30  # one operation on a single number, in characters of print
# in passes over the array; an addition is 1
PASSES = {
    "neg": 0.9, "pow": 4.0, "sum": 1.0, "index_add": 0.5, "broadcast": 0.0,
    "reshape": 0.0, "transpose": 0.0,
}  # fmt: skip
TIGHT = {"add": 1, "sub": 1, "mul": 2, "div": 2, "neg": 3, "pow": 4}
NAME = 3  # characters of a variable


def cost(root: Node, known: Callable[[Node], bool]) -> float:
    """The work and the length of everything below ``root`` that isn't known anyway."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node in seen or (node is not root and known(node)):
            continue
        seen.add(node)
        order.append(node)
        stack.extend(node.inputs)
    work = 0.0
    length: dict[Node, int] = {}
    for node in sorted(order, key=lambda n: n.index):
        work += _work(node)
        length[node] = _length(node, length)
    return work + length.get(root, NAME)


def _work(node: Node) -> float:
    name = node.op.name
    if name in ("const", "size", "input"):
        return 0.0
    widest = node.inputs[0] if name in ("sum", "mean", "max", "index_add") else node
    passes = PASSES.get(name, 1.0)
    if name == "pow" and number_of(node.inputs[1]) == 2:
        passes = 1.0
    return passes * WORK * float(AXIS ** sum(map(varies, widest.dims)))


def _length(node: Node, length: dict[Node, int]) -> int:
    name = node.op.name
    if name == "const":
        return len(f"{node.params['value']}") if not node.ndim else NAME
    if name == "size":
        return NAME
    if name == "broadcast":
        return length.get(node.inputs[0], NAME)
    parts = [length.get(n, NAME) for n in node.inputs]
    tight = TIGHT.get(name)
    if tight is None:
        return sum(parts) + 5
    for i, n in enumerate(node.inputs):
        inner = _tightness(n, length)
        if inner < tight or (
            i == 1 and inner == tight and name in ("sub", "mul", "div")
        ):
            parts[i] += 2
    return sum(parts) + (1 if name == "neg" else 2 if name == "pow" else 3)


def _tightness(node: Node, length: dict[Node, int]) -> int:
    while node.op.name == "broadcast" and node in length:
        node = node.inputs[0]
    if node not in length:
        return 9
    if node.op.name == "const" and np.ndim(node.params["value"]) == 0:
        return 3 if node.params["value"] < 0 else 9
    return TIGHT.get(node.op.name, 9)
