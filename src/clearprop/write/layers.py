"""The dense layers of a program: a product with a weight, a bias, an activation.

What is looked at is the graph with its named functions found again (``write.reading``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from clearprop.graph import Node, ordered
from clearprop.trace.result import Leaf

if TYPE_CHECKING:
    from clearprop.write.reading import Reading

# What may follow a pre-activation, and what its slope is called.
SLOPES = {
    "sigmoid": "slope of the sigmoid",
    "tanh": "slope of tanh",
    "relu": "slope of ReLU: 1 where active, else 0",
    "softplus": "slope of softplus",
    "softmax": "slope of the softmax",
    "sin": "slope of the sine",
    "arctan": "slope of the arctangent",
}


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One dense layer: ``z = source · weights + bias``, ``y = function(z)``."""

    name: str  # "hidden layer", "output layer", "hidden layer 2"
    short: str  # "hidden", "output", "hidden 2"
    source: Node
    weights: Leaf
    turned: bool  # weights[unit, input] rather than weights[input, unit]
    bias: Leaf | None
    product: Node
    z: Node
    function: str  # a key of SLOPES, or "" for a linear layer
    y: Node


def bare(node: Node) -> Node:
    """The value before it was only stretched or given axes of size 1."""
    while node.op.name in ("broadcast", "reshape", "stack", "astype"):
        if len(node.inputs) != 1:
            break
        node = node.inputs[0]
    return node


def users_of(nodes: Iterable[Node]) -> dict[Node, list[Node]]:
    """Who reads each value, looking through broadcasts."""
    users: dict[Node, list[Node]] = {}
    for node in nodes:
        if node.op.name == "broadcast":
            continue
        for source in node.inputs:
            if source.op.name == "broadcast":
                source = source.inputs[0]
            users.setdefault(source, []).append(node)
    return users


def find_layers(reading: Reading) -> tuple[list[Layer], bool]:
    """The layers in their order, and whether they follow one another to the loss."""
    layers = _layers(reading)
    chain = _is_chain(layers)
    return _named(layers, chain), chain


# -- finding layers --------------------------------------------------------------------


def _layers(reading: Reading) -> list[Layer]:
    forward = reading.forward
    users = users_of(forward)
    products = [n for n in forward if n.op.name == "matmul" or _is_written_out(n)]
    if not products:
        products = [n for n in forward if n.op.name == "mul" and not n.ndim]
    turned = _habit(reading, products)
    layers = []
    for product in products:
        side = _weight_side(reading, product, turned)
        if side is None:
            continue
        operands = _operands(product)
        leaf, transposed = _leaf_below(reading, operands[side])
        assert leaf is not None
        z, bias = _bias(reading, product, users)
        function, y = _activation(z, users)
        turned_round = product.ndim > 0 and (side == 0) != transposed
        source = operands[1 - side]
        layers.append(
            Layer("", "", source, leaf, turned_round, bias, product, z, function, y)
        )
    return layers


def _leaf_below(reading: Reading, node: Node) -> tuple[Leaf | None, bool]:
    """The leaf that was at most transposed into this node, and whether it was."""
    transposed = False
    while node.op.name in ("transpose", "broadcast", "reshape", "astype"):
        transposed ^= node.op.name == "transpose"
        node = node.inputs[0]
    return reading.leaves.get(node), transposed


def _is_written_out(node: Node) -> bool:
    """Whether a node is ``np.sum(w * x)``, a product of two vectors."""
    if node.op.name != "sum" or node.ndim or node.inputs[0].op.name != "mul":
        return False
    a, b = node.inputs[0].inputs
    return a.ndim == b.ndim == 1 and a is not b


def _operands(product: Node) -> tuple[Node, ...]:
    return product.inputs[0].inputs if product.op.name == "sum" else product.inputs


def _habit(reading: Reading, products: Sequence[Node]) -> int:
    """On which side of a product this program writes its weights: 0 or 1."""
    votes = [0, 0]
    for node in products:
        sides = [_leaf_below(reading, n)[0] is not None for n in _operands(node)]
        if sides[0] != sides[1]:
            votes[sides.index(True)] += 1
    return 0 if votes[0] > votes[1] else 1


def _weight_side(reading: Reading, node: Node, habit: int) -> int | None:
    """Which operand is the weight, if one is."""
    wanted = {leaf.node for leaf, _ in reading.program.request.wanted}
    operands = _operands(node)
    leaves = [_leaf_below(reading, n)[0] for n in operands]
    able = {i: la for i, la in enumerate(leaves) if la is not None and la.node.is_float}
    learned = {i: la for i, la in able.items() if la.node in wanted}
    if node.op.name == "mul":  # a chain of single neurons
        able = {i: la for i, la in learned.items() if _varies(operands[1 - i])}
    elif node.op.name == "sum":
        able = learned
    for choice in (learned, able):
        if len(choice) == 1 and set(choice) <= set(able):
            return next(iter(choice))
    if not able:
        return None
    called = [i for i, la in able.items() if la.name.lstrip("_")[:1] in "wW"]
    if len(called) == 1:
        return called[0]
    if operands[0].ndim != operands[1].ndim:
        return 0 if operands[0].ndim > operands[1].ndim else 1
    return habit


def _varies(node: Node) -> bool:
    return bare(node).op.name != "const"


def _bias(
    reading: Reading, product: Node, users: dict[Node, list[Node]]
) -> tuple[Node, Leaf | None]:
    """The pre-activation, with a leaf or a constant added, and that leaf."""
    z, bias = product, None
    for _ in range(3):
        readers = users.get(z, [])
        if len(readers) != 1:
            break
        node = readers[0]
        if node.op.name in ("reshape", "stack") and len(node.inputs) == 1:
            z = node
            continue
        if node.op.name != "add" or bias is not None:
            break
        a, b = (bare(n) for n in node.inputs)
        other = b if a is bare(z) else a
        if other.op.name != "const" and other not in reading.leaves:
            break
        z, bias = node, reading.leaves.get(other)
    return z, bias


def _activation(z: Node, users: dict[Node, list[Node]]) -> tuple[str, Node]:
    seen = [z]
    for node in users.get(z, []):
        if node.op.name in ("reshape", "stack") and len(node.inputs) == 1:
            seen.append(node)
    readers = [u for n in seen for u in users.get(n, [])]
    for name in SLOPES:
        for reader in readers:
            if reader.op.name == name:
                return name, reader
    return "", z


def _is_chain(layers: Sequence[Layer]) -> bool:
    """Whether each layer reads the one before it, and no two share a pre-activation."""
    if len({la.z for la in layers}) != len(layers):
        return False
    if len({la.weights.node for la in layers}) != len(layers):
        return False
    for before, after in pairwise(layers):
        below = set(ordered([after.source]))
        if before.y not in below and before.z not in below:
            return False
    # two layers that read the same value stand side by side
    return all(
        after.product not in set(ordered([before.z]))
        for before, after in pairwise(layers)
    )


def _named(layers: Sequence[Layer], chain: bool) -> list[Layer]:
    count = len(layers)
    named = []
    for i, la in enumerate(layers):
        if not chain:
            name = short = ""
        elif i == count - 1:
            name, short = "output layer", "output"
        elif count == 2:
            name, short = "hidden layer", "hidden"
        else:
            name, short = f"hidden layer {i + 1}", f"hidden {i + 1}"
        named.append(replace(la, name=name, short=short))
    return named


__all__ = ["SLOPES", "Layer", "bare", "find_layers", "users_of"]
