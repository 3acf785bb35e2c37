"""The graph of a run on its way out of a sandbox.

In comes a graph, out comes a list of nodes in JSON; back again, each node is built anew
from this side's own table of operations, which infers its shape and dtype itself: a
forged shape has nowhere to stand. What a graph may cost is counted before anything is
computed. Lengths of axes become plain numbers, since a check replays at the same
shapes; a random draw becomes one example of its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.checking.marks import MARKED
from clearprop.checking.wire_values import (
    LARGEST,
    Packer,
    Unpacker,
    items,
    part,
    plain,
    record,
    refuse,
    text,
)
from clearprop.errors import ClearpropError
from clearprop.graph import OPS, Graph, Node, Op, elementwise_dtype
from clearprop.sizes import Dim, Size

NODES = 200_000
LEAVES = 5_000
ENTRIES = 50_000_000  # of all nodes together
WORK = 2e9  # entries read and written in one evaluation of everything
PER_ENTRY = 0.1  # what a multiplication in a matrix product counts as

DRAWN = Op(
    "random",
    lambda value: value,
    infer=lambda graph, inputs, params: (params["value"].shape, params["value"].dtype),
    says="numbers that were drawn in the sandbox: no gradient passes",
)
_TABLE: dict[str, Op] = {**OPS, "mark": MARKED, "random": DRAWN}


# -- out -------------------------------------------------------------------------------


def packed_graph(graph: Graph, packer: Packer) -> dict[str, Any]:
    """The nodes, one record each: operation, inputs and parameters."""
    return {
        "nodes": [_packed(node, packer) for node in graph.nodes],
        "ties": [
            [packer.value(plain(left)), packer.value(plain(right))]
            for left, right in _ties(graph)
            if _counted(left) or _counted(right)
        ],
    }


def _ties(graph: Graph) -> list[tuple[Dim, Dim]]:
    known = [(Size({(atom,): 1}), dim) for atom, dim in graph._known.items()]
    return [*known, *graph._equal.items()]


def _counted(dim: Dim) -> bool:
    return isinstance(plain(dim), Size)


def _packed(node: Node, packer: Packer) -> Any:
    name = node.op.name
    if name == "random":
        return [name, [], [["value", packer.value(_drawn(node))]]]
    params = {k: plain(v) for k, v in node.params.items()}
    if name == "size" and not isinstance(params["size"], Size):
        name, params = "const", {"value": int(params["size"])}
    inputs = [n.index for n in node.inputs]
    return [name, inputs, [[k, _sent(node, v, packer)] for k, v in params.items()]]


def _sent(node: Node, value: Any, packer: Packer) -> Any:
    made = packer.value(value)
    if made is None and value is not None:
        raise ClearpropError(
            f"{node.op.name} has a parameter that can't be checked in a sandbox: "
            f"{type(value).__name__}"
        )
    return made


def _drawn(node: Node) -> np.ndarray:
    """One example of a draw, of the shape it has in the graph."""
    params = {k: _example(v) for k, v in node.params.items()}
    return np.asarray(node.op.value(*([None] * len(node.inputs)), **params))


def _example(value: Any) -> Any:
    if isinstance(value, Size):
        return int(value)
    return tuple(map(_example, value)) if type(value) is tuple else value


# -- back ------------------------------------------------------------------------------


def unpacked_graph(data: Any, leaves: Mapping[int, Any], values: Unpacker) -> Graph:
    """The graph; its nodes are ``values.nodes``. ``leaves`` are the inputs' values."""
    graph = Graph()
    if len(leaves) > LEAVES:
        raise refuse(f"the program has more than {LEAVES:,} arrays and numbers")
    entries, work = 0, 0.0
    for index, one in enumerate(items(part(data, "nodes"), NODES)):
        node = _built(graph, index, one, leaves, values)
        values.nodes.append(node)
        size = _most(node.dims)
        entries += size
        work += _work(node, size)
        if size > LARGEST or entries > ENTRIES or work > WORK:
            raise refuse("its arrays are too large to be checked")
    for tie in items(part(data, "ties"), 10_000):
        left, right = (_dim(values.value(side)) for side in record(tie, 2))
        graph.tie(left, right, checked=True)
    return graph


def _built(
    graph: Graph, index: int, one: Any, leaves: Mapping[int, Any], values: Unpacker
) -> Node:
    name, indices, pairs = record(one, 3)
    op = _TABLE.get(text(name))
    if op is None:
        raise refuse(f"{name} is no operation")
    inputs = tuple(values.node(i) for i in items(indices, 100_000))
    params = values.pairs(pairs, 20)
    if name == "input":
        return _leaf(graph, index, params, leaves)
    if name == "const":
        value = params["value"]
        if type(value) not in (bool, int, float, np.ndarray):
            raise refuse("a constant is no number")
        return graph.constant(value)
    if op.elementwise:
        return _elementwise(graph, op, inputs, params)
    if op.infer is None:
        raise refuse(f"{name} is no operation of a graph")
    dims, dtype = op.infer(graph, inputs, params)
    _same_count(op, inputs, dims)
    weak = op.moves and all(n.weak for n in inputs)
    return _shared(graph, op, inputs, params, tuple(dims), dtype, weak)


def _leaf(graph: Graph, index: int, params: Any, leaves: Mapping[int, Any]) -> Node:
    if index not in leaves:
        raise refuse("a value comes from nowhere")
    value = leaves[index]
    return graph.input(text(params["label"]), value, dims=np.shape(value))


def _elementwise(graph: Graph, op: Op, inputs: Sequence[Node], params: Any) -> Node:
    if not inputs or any(n.shape != inputs[0].shape for n in inputs):
        raise refuse(f"{op.name} mixes shapes")
    dtype, weak = elementwise_dtype(op, inputs, params)
    return _shared(graph, op, inputs, params, inputs[0].dims, dtype, weak)


def _same_count(op: Op, inputs: Sequence[Node], dims: Sequence[Dim]) -> None:
    """The two operations whose shape is only said, and not inferred."""
    if op.name == "reshape":
        if math.prod(map(int, dims)) != math.prod(inputs[0].shape):
            raise refuse("a new shape holds another number of entries")
    elif op.name == "broadcast":
        shape = tuple(map(int, dims))
        if np.broadcast_shapes(inputs[0].shape, shape) != shape:
            raise refuse("an array doesn't fit the shape that it is spread to")


def _shared(
    graph: Graph,
    op: Op,
    inputs: Sequence[Node],
    params: Any,
    dims: tuple[Dim, ...],
    dtype: np.dtype,
    weak: bool,
) -> Node:
    """A node that the derivation finds again, as if it had been traced here.

    Not ``Graph.apply``: that would simplify, and forget what was a node of its own.
    """
    node = Node(graph, op, tuple(inputs), params, dims, dtype, weak)
    if op is not MARKED and op is not DRAWN and "value" not in params:
        key = (op.name, *[n.index for n in inputs], *params.items())
        graph._shared.setdefault(key, node)
    return node


# -- what it costs ---------------------------------------------------------------------


def _dim(value: Any) -> Dim:
    if not isinstance(value, int | Size) or isinstance(value, bool):
        raise refuse("a size is none")
    return value


def _most(dims: Sequence[Dim]) -> int:
    """How many entries an array can have, whatever is selected."""
    return math.prod(_bound(_dim(dim)) for dim in dims)


def _bound(dim: Dim) -> int:
    if not isinstance(dim, Size):
        if dim < 0:
            raise refuse("a size is negative")
        return dim
    total = 0
    for atoms, factor in dim.terms:
        counts = (math.prod(a.args[0].inputs[0].shape) for a in atoms)
        total += abs(factor) * math.prod(counts)
    return total


def _work(node: Node, size: int) -> float:
    """Entries read and written, and the multiplications of products."""
    read = [_most(n.dims) for n in node.inputs]
    total = float(size + sum(read))
    name = node.op.name
    if name == "matmul":
        total += PER_ENTRY * size * int(node.inputs[0].dims[-1])
    elif name == "einsum":
        letters: dict[str, int] = {}
        for term, source in zip(
            node.params["subscripts"].partition("->")[0].split(","),
            node.inputs,
            strict=True,
        ):
            letters.update(zip(term, map(int, source.dims), strict=True))
        total += math.prod(letters.values())
    elif name in ("inv", "det", "logabsdet", "signdet", "solve", "cholesky"):
        total += read[0] * int(node.inputs[0].dims[-1])
    return total
