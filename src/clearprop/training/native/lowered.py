"""A plan's graph at one batch size: the same operations, with plain numbers as shapes.

The derived graph has free sizes; a compiled routine has none. What goes in is a plan
and how many rows a batch has; what comes out is the value of each node: views folded, a
product always of two matrices, or of two stacks of as many. Whatever the native engine
doesn't know is refused here, in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np

from clearprop.graph import Node, ordered
from clearprop.sizes import Atom, Size
from clearprop.training.native.shaped import SHAPED
from clearprop.training.native.spelling import SPELLED
from clearprop.training.native.values import (
    Along,
    Shape,
    Unsupported,
    Value,
    Values,
    along,
    region_axes,
)
from clearprop.training.one_way import spelled
from clearprop.training.plan import Plan

# Axes of one entry, where an einsum's operand has none for a product's rows or columns.
_ROW, _COLUMN = "<", ">"


class Lowered:
    """The values of a plan's graph at one batch size; ``of`` gives that of a node."""

    def __init__(self, plan: Plan, rows: int | None) -> None:
        """``rows``: how many a batch has; None where the plan takes none."""
        self.plan = plan
        self.rows = rows
        self.values = Values()
        self._make = self.values.make
        self.of: dict[Node, Value] = {}
        self._lines = plan.backward.trace.lines
        self._shapes = self._leaf_shapes()
        self._place_leaves()
        _check_sizes(plan, self.size, rows)

    def add(self, nodes: Iterable[Node]) -> None:
        """The values of these nodes and of all below them."""
        for node in ordered(nodes):
            if node not in self.of:
                self.of[node] = self._convert(node)

    def size(self, dim: Any) -> int:
        """A size as the number it is at this batch size."""
        if isinstance(dim, Size):
            dim = dim.substitute(self._atom)
        return int(dim)

    def _leaf_shapes(self) -> dict[Node, Shape]:
        shapes: dict[Node, Shape] = {
            p.leaf.node: np.shape(p.value) for p in self.plan.parameters
        }
        for node, i in self.plan.current.items():
            shapes[node] = np.shape(self.plan.parameters[i].value)
        for given in self.plan.inputs:
            shape = np.shape(given.value)
            if given.by_row:
                shape = shape[1:]
                if not self.plan.per_example:
                    shape = (self.rows or 1, *shape)
            shapes[given.leaf.node] = shape
        return shapes

    def _place_leaves(self) -> None:
        def array(node: Node, kind: str, which: int, by_row: bool = False) -> None:
            self.of[node] = self._make(
                "array", (), self._shapes[node], node.dtype,
                array=(kind, which), by_row=by_row,
            )  # fmt: skip

        for i, parameter in enumerate(self.plan.parameters):
            array(parameter.leaf.node, "parameter", i)
        for node, i in self.plan.current.items():
            array(node, "current", i)
        for i, given in enumerate(self.plan.inputs):
            if not _known(given.leaf.node.dtype):
                kind = given.leaf.node.dtype.name
                raise Unsupported(f"{given.leaf.label} holds {kind} numbers")
            array(given.leaf.node, "input", i, given.by_row)

    def _atom(self, atom: Atom) -> Any:
        node = atom.args[0]
        if atom.kind == "dim" and node in self._shapes:
            return self._shapes[node][atom.args[1]]
        if atom.kind == "int":
            for given in self.plan.inputs:
                if given.leaf.node is node and not given.by_row:
                    return int(given.value)
        raise Unsupported("a size of the forward pass depends on computed values")

    def _refuse(self, node: Node, why: str) -> Unsupported:
        line = self._lines.get(node)
        where = f"line {line}: " if line else ""
        return Unsupported(f"{where}{why}")

    def _convert(self, node: Node) -> Value:
        name = node.op.name
        if not _known(node.dtype):
            raise self._refuse(node, f"{name} gives {node.dtype.name} numbers")
        shape = tuple(self.size(d) for d in node.dims)
        if 0 in shape:
            raise self._refuse(node, "an array without entries")
        inputs = [self.of[n] for n in node.inputs]
        if node.op.elementwise:
            return self._elementwise(node, inputs)
        if name not in _CONVERT:
            raise self._refuse(node, f"{name} is not among its operations")
        found: Value = _CONVERT[name](self, node, inputs, shape)
        return found

    def _elementwise(self, node: Node, inputs: list[Value]) -> Value:
        name = node.op.name
        if name == "invert" and node.dtype.kind == "b":
            name = "logical_not"
        if name not in SPELLED:
            raise self._refuse(node, f"{name} is not among its operations")
        if name == "astype":
            return self.values.map("astype", inputs, node.dtype, node.dtype)
        compute = node.dtype
        if SPELLED[name].truth:
            compute = _common(node.inputs)
        elif name == "where":
            compute = node.dtype
        elif node.dtype.kind == "b":
            compute = np.dtype(np.int64)
        return self.values.map(name, inputs, node.dtype, compute)

    def _leaf(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        if node.op.name == "input":
            raise self._refuse(node, f"{node.params['label']} is no array of the plan")
        if node.op.name == "size":
            return self.values.number(self.size(node.params["size"]), node.dtype)
        value = node.params["value"]
        if not np.ndim(value):
            return self.values.number(np.asarray(value).item(), node.dtype)
        return self._make("array", (), shape, node.dtype, array=("const", node.index))

    def _reduce(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        (x,) = inputs
        name = node.op.name
        axes = tuple(a for a in node.params["axis"] if x.shape[a] > 1)
        kept = tuple(n for a, n in enumerate(x.shape) if a not in node.params["axis"])
        total = self._reduced("sum" if name == "mean" else name, x, axes, node.dtype)
        if name == "mean":
            count = self.values.number(
                prod(inputs[0].shape[a] for a in axes), node.dtype
            )
            total = self.values.map("div", [total, count], node.dtype, node.dtype)
        return self.values.reshaped(self.values.reshaped(total, kept), shape)

    def _reduced(self, name: str, x: Value, axes: Sequence[int], dtype: Any) -> Value:
        """A reduction; axes of one entry need none."""
        x = self.values.cast(x, dtype)
        axes = tuple(a for a in axes if x.shape[a] > 1)
        rest = tuple(n for a, n in enumerate(x.shape) if a not in axes)
        return (
            self._make("reduce", (x,), rest, dtype, name=name, axes=axes) if axes else x
        )

    def _matmul(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        a, b = inputs
        a = a if len(a.shape) > 1 else self.values.reshaped(a, (1, *a.shape))
        b = b if len(b.shape) > 1 else self.values.reshaped(b, (*b.shape, 1))
        return self.values.reshaped(self._product(node, a, b), shape)

    def _product(self, node: Node, a: Value, b: Value) -> Value:
        """Matrices, or stacks of them, whose leading axes NumPy broadcasts."""
        stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        (n, k), m = a.shape[-2:], b.shape[-1]
        if k == 1:
            return self.values.map("mul", [a, b], node.dtype, node.dtype)
        a, b = (
            v if v.dtype == node.dtype and not _reshaped(v)
            else self.values.map("astype", [v], node.dtype, node.dtype)
            for v in (a, b)
        )  # fmt: skip
        a, b = (
            self.values.spread(a, (*stack, n, k)),
            self.values.spread(b, (*stack, k, m)),
        )
        return self._make("matmul", (a, b), (*stack, n, m), node.dtype)

    def _einsum(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        """A product of stacks where two operands share what is summed, else a sum."""
        left, result = node.params["subscripts"].split("->")
        terms = left.split(",")
        sizes = {_ROW: 1, _COLUMN: 1}
        for term, x in zip(terms, inputs):
            for letter, n in zip(term, x.shape):
                sizes[letter] = max(n, sizes.get(letter, 1))
        summed = "".join(dict.fromkeys(c for c in "".join(terms) if c not in result))
        if len(terms) == 2 and summed and all(c in t for c in summed for t in terms):
            a, b = terms
            row = next((c for c in reversed(result) if c not in b), _ROW)
            column = next((c for c in reversed(result) if c not in a), _COLUMN)
            stack = "".join(c for c in result if c not in (row, column))
            left = self._along(inputs[0], a, stack + row + summed, sizes)
            right = self._along(inputs[1], b, stack + summed + column, sizes)
            outer, k = tuple(sizes[c] for c in stack), prod(sizes[c] for c in summed)
            left = self.values.reshaped(left, (*outer, sizes[row], k))
            right = self.values.reshaped(right, (*outer, k, sizes[column]))
            made = self._product(node, left, right)
            return self._along(made, stack + row + column, result, sizes)
        parts = [
            self._along(x, t, result + summed, sizes) for x, t in zip(inputs, terms)
        ]
        whole = parts[0]
        for part in parts[1:]:
            whole = self.values.map("mul", [whole, part], node.dtype, node.dtype)
        axes = tuple(range(len(result), len(result) + len(summed)))
        return self._reduced("sum", whole, axes, node.dtype)

    def _along(self, x: Value, term: str, letters: str, sizes: dict[str, int]) -> Value:
        """What has the axes of a term, with those of ``letters``: a view."""
        axes = [
            Along() if n == 1 else along(letters.index(c))
            for c, n in zip(term, x.shape)
        ]
        return self.values.view(x, tuple(sizes[c] for c in letters), axes)

    def _getitem(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        x, *arrays = inputs
        key = self._key(node, x.shape, arrays)
        if not arrays:
            axes: list[Along] = []
            at = 0
            for item in key:
                if item[0] == "new":
                    at += 1
                elif item[0] == "int":
                    axes.append(Along(item[1]))
                else:
                    axes.append(along(at, item[1], item[2]))
                    at += 1
            return self.values.view(x, shape, axes)
        return self._make("pick", (x, *arrays), shape, key=key)

    def _write(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        x, value, *arrays = inputs
        key = self._key(node, x.shape, arrays)
        add = node.op.name == "index_add"
        value = self.values.cast(value, node.dtype)
        if len(key) == 2 and all(item[0] == "array" for item in key):
            rows, labels = (arrays[item[1]] for item in key)
            counts = rows.op == "counted" and rows.params == {"start": 0, "step": 1}
            if counts and rows.shape == labels.shape == shape[:1]:
                value = self.values.spread(value, labels.shape)
                return self._make("mark", (x, value, labels), shape, add=add)
        region = _region(key, arrays)
        while len(value.shape) > len(region):
            value = self.values.reshaped(value, value.shape[1:])
        value = self.values.spread(value, region)
        piece = ("at", key, add)
        return self._make("assemble", (x, value, *arrays), shape, pieces=(piece,))

    def _key(self, node: Node, shape: Shape, arrays: list[Value]) -> tuple[Any, ...]:
        """The key with plain bounds: slices as (start, step, count), ints from 0."""
        made: list[tuple[Any, ...]] = []
        axis = 0
        for item in node.params["key"]:
            if item[0] == "new":
                made.append(("new",))
                continue
            n = shape[axis]
            if item[0] == "slice":
                bounds = [None if s is None else self.size(s) for s in item[1:]]
                start, stop, step = slice(*bounds).indices(n)
                made.append(("slice", start, step, len(range(start, stop, step))))
            elif item[0] == "int":
                at = self.size(item[1])
                made.append(("int", at + n if at < 0 else at))
            else:
                if arrays[item[1]].dtype.kind == "b":
                    raise self._refuse(node, "an index of truth values")
                made.append(item)
            axis += 1
        made += [("slice", 0, 1, n) for n in shape[axis:]]
        return tuple(made)


_CONVERT: dict[str, Any] = {
    **SHAPED,
    "const": Lowered._leaf,
    "input": Lowered._leaf,
    "size": Lowered._leaf,
    "getitem": Lowered._getitem,
    "index_add": Lowered._write,
    "setitem": Lowered._write,
    "matmul": Lowered._matmul,
    "einsum": Lowered._einsum,
    **dict.fromkeys(
        ("sum", "mean", "max", "min", "prod", "any", "all"), Lowered._reduce
    ),
}


def _known(dtype: np.dtype) -> bool:
    """Whether there is a C type for a dtype, whatever the order of its bytes."""
    return dtype.kind in "iub" or dtype.name in ("float32", "float64")


def _reshaped(v: Value) -> bool:
    """Whether a matrix's entries lie nowhere, or not at strides of its own axes."""
    while v.op == "view":
        v = v.inputs[0]
    return v.op in ("reshape", "number", "eye", "counted")


def _common(nodes: Sequence[Node]) -> np.dtype:
    """The dtype in which NumPy compares these; a Python number takes the other's."""
    strong = [n.dtype for n in nodes if not _weak(n)]
    if not strong:
        return np.result_type(*(n.dtype for n in nodes))
    samples: list[Any] = [np.ones(1, d) for d in strong]
    return np.result_type(*samples, *(_PLAIN[n.dtype.kind] for n in nodes if _weak(n)))


_PLAIN: dict[str, Any] = {"b": True, "i": 1, "u": 1, "f": 1.0}


def _weak(node: Node) -> bool:
    while node.op.name in ("broadcast", "reshape"):
        node = node.inputs[0]
    return node.weak


def _region(key: Sequence[tuple[Any, ...]], arrays: Sequence[Value]) -> Shape:
    """The shape of what a key takes."""
    return tuple(n for _, n in region_axes(key, arrays))


def _check_sizes(plan: Plan, size: Any, rows: int | None) -> None:
    """What the trace relied on must hold at these sizes too."""
    for guard in plan.backward.trace.graph.guards:
        if not guard.holds(size):
            raise Unsupported(
                f"the forward pass was followed where {spelled(plan, guard)}, which a "
                f"batch of {rows} rows breaks"
            )
