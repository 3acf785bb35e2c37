"""A plan's graph at one batch size: the same operations, with plain numbers as shapes.

The derived graph has free sizes; a compiled routine has none. What goes in is a plan
and how many rows a batch has; what comes out is ``Value``s: shared where they are
equal, with every broadcast, transpose, slice and new axis folded into one kind of view,
and a product always of two matrices. Whatever the native engine doesn't know is refused
here, in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.graph import Graph, Node, ordered
from clearprop.sizes import Atom, Size
from clearprop.training.native.spelling import SPELLED
from clearprop.training.plan import Plan

Shape = tuple[int, ...]
Index = tuple[str, ...]

# How a view's source is read along one axis: (axis of the view or None, start, step).
Along = tuple[int | None, int, int]


class Unsupported(ClearpropError):
    """Why a plan can't be native, in words that stand on their own."""


class Value:
    """One value of a step; immutable, and equal ones are one object.

    ``op`` is "number", "array" (a parameter, an input, a constant: ``params["array"]``
    says which), "counted" (arange), "eye", "view", "reshape", "map" (elementwise),
    "reduce", "matmul", "pick" (read at index arrays), "mark" (added at one label a row)
    or "assemble" (made of pieces).
    """

    __slots__ = ("dtype", "index", "inputs", "op", "params", "shape")

    def __init__(
        self,
        op: str,
        inputs: tuple[Value, ...],
        shape: Shape,
        dtype: np.dtype,
        params: dict[str, Any],
        index: int,
    ) -> None:
        """Use ``Values.make``; this only fills the record."""
        self.op = op
        self.inputs = inputs
        self.shape = shape
        self.dtype = dtype
        self.params = params
        self.index = index

    @property
    def size(self) -> int:
        """How many entries it has."""
        return prod(self.shape)

    def __repr__(self) -> str:
        inputs = ", ".join(f"v{v.index}" for v in self.inputs)
        return f"v{self.index} = {self.op}({inputs}) {self.params} {self.shape}"


class Values:
    """Makes the values of a plan at one batch size; ``of`` gives that of a node."""

    def __init__(self, plan: Plan, rows: int | None) -> None:
        """``rows``: how many a batch has; None where the plan takes none."""
        self.plan = plan
        self.rows = rows
        self.all: list[Value] = []
        self.of: dict[Node, Value] = {}
        self._shared: dict[Any, Value] = {}
        self._lines = plan.backward.trace.lines
        self._shapes = self._leaf_shapes()
        self._place_leaves()
        _check_sizes(plan.backward.trace.graph, self.size)

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

    # -- making --------------------------------------------------------------------

    def make(
        self,
        op: str,
        inputs: Sequence[Value] = (),
        shape: Shape = (),
        dtype: Any = None,
        **params: Any,
    ) -> Value:
        """The value: an existing equal one, or a new one."""
        dtype = np.dtype(inputs[0].dtype if dtype is None else dtype)
        key = (
            op,
            *(v.index for v in inputs),
            shape,
            dtype,
            repr(sorted(params.items())),
        )
        found = self._shared.get(key)
        if found is None:
            found = Value(op, tuple(inputs), shape, dtype, params, len(self.all))
            self.all.append(found)
            self._shared[key] = found
        return found

    def number(self, value: Any, dtype: Any) -> Value:
        """One number."""
        return self.make("number", (), (), dtype, value=value)

    def view(self, source: Value, shape: Shape, axes: Sequence[Along]) -> Value:
        """Entries of the source in other places; a view of a view is one view."""
        if source.op == "view":
            through: list[Along] = []
            for axis, start, step in source.params["axes"]:
                if axis is None:
                    through.append((None, start, 0))
                else:
                    outer, begin, pace = axes[axis]
                    through.append((outer, start + step * begin, step * pace))
            source, axes = source.inputs[0], through
        axes = tuple(
            (None, start, 0)
            if axis is None or shape[axis] == 1
            else (axis, start, step)
            for axis, start, step in axes
        )
        same = tuple((i if n > 1 else None, 0, int(n > 1)) for i, n in enumerate(shape))
        if shape == source.shape and axes == same:
            return source
        return self.make("view", (source,), shape, axes=axes)

    def spread(self, source: Value, shape: Shape) -> Value:
        """Broadcast by NumPy's rule."""
        extra = len(shape) - len(source.shape)
        axes: list[Along] = [
            (None, 0, 0) if n == 1 else (i + extra, 0, 1)
            for i, n in enumerate(source.shape)
        ]
        return self.view(source, shape, axes)

    def map(
        self, name: str, inputs: Sequence[Value], dtype: Any, compute: Any
    ) -> Value:
        """An elementwise operation; inputs are cast to the dtype it is computed in."""
        shape = np.broadcast_shapes(*(v.shape for v in inputs))
        inputs = [self.spread(v, shape) for v in inputs]
        return self.make(
            "map", inputs, shape, dtype, name=name, compute=np.dtype(compute).name
        )

    # -- from the graph ------------------------------------------------------------

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
            self.of[node] = self.make(
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
            return self.map("astype", inputs, node.dtype, node.dtype)
        compute = node.dtype
        if SPELLED[name].truth:
            compute = _common(node.inputs)
        elif name == "where":
            compute = node.dtype
        elif node.dtype.kind == "b":
            compute = np.dtype(np.int64)
        return self.map(name, inputs, node.dtype, compute)

    def _leaf(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        if node.op.name == "input":
            raise self._refuse(node, f"{node.params['label']} is no array of the plan")
        if node.op.name == "size":
            return self.number(self.size(node.params["size"]), node.dtype)
        value = node.params["value"]
        if not np.ndim(value):
            return self.number(np.asarray(value).item(), node.dtype)
        return self.make("array", (), shape, node.dtype, array=("const", node.index))

    def _broadcast(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        return self.spread(inputs[0], shape)

    def _transpose(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        order = node.params["axes"]
        axes: list[Along] = [(order.index(i), 0, 1) for i in range(len(order))]
        return self.view(inputs[0], shape, axes)

    def _reshape(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        return self.reshaped(inputs[0], shape)

    def reshaped(self, x: Value, shape: Shape) -> Value:
        """The same entries in another shape: a view where only 1s come and go."""
        if [n for n in x.shape if n > 1] == [n for n in shape if n > 1]:
            places = iter([i for i, n in enumerate(shape) if n > 1])
            axes = [(next(places), 0, 1) if n > 1 else (None, 0, 0) for n in x.shape]
            return self.view(x, shape, axes)
        return self.make("reshape", (x,), shape)

    def _reduce(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        (x,) = inputs
        name = node.op.name
        axes = tuple(a for a in node.params["axis"] if x.shape[a] > 1)
        kept = tuple(n for a, n in enumerate(x.shape) if a not in node.params["axis"])
        if x.dtype != node.dtype:
            x = self.map("astype", [x], node.dtype, node.dtype)
        if axes:
            rest = tuple(n for a, n in enumerate(x.shape) if a not in axes)
            kind = "sum" if name == "mean" else name
            total = self.make("reduce", (x,), rest, node.dtype, name=kind, axes=axes)
        else:
            total = x
        if name == "mean":
            count = self.number(prod(inputs[0].shape[a] for a in axes), node.dtype)
            total = self.map("div", [total, count], node.dtype, node.dtype)
        return self.reshaped(self.reshaped(total, kept), shape)

    def _matmul(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        a, b = inputs
        if len(a.shape) > 2 or len(b.shape) > 2:
            raise self._refuse(node, "a product of stacks of matrices")
        a = a if len(a.shape) == 2 else self.reshaped(a, (1, *a.shape))
        b = b if len(b.shape) == 2 else self.reshaped(b, (*b.shape, 1))
        n, k, m = a.shape[0], a.shape[1], b.shape[1]
        if k == 1:
            made = self.map("mul", [a, b], node.dtype, node.dtype)
        else:
            a, b = (
                v if v.dtype == node.dtype and not _reshaped(v)
                else self.map("astype", [v], node.dtype, node.dtype)
                for v in (a, b)
            )  # fmt: skip
            made = self.make("matmul", (a, b), (n, m), node.dtype)
        return self.reshaped(made, shape)

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
                    axes.append((None, item[1], 0))
                else:
                    axes.append((at, item[1], item[2]))
                    at += 1
            return self.view(x, shape, axes)
        return self.make("pick", (x, *arrays), shape, key=key)

    def _write(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        x, value, *arrays = inputs
        key = self._key(node, x.shape, arrays)
        add = node.op.name == "index_add"
        if value.dtype != node.dtype:
            value = self.map("astype", [value], node.dtype, node.dtype)
        if len(key) == 2 and all(item[0] == "array" for item in key):
            rows, labels = (arrays[item[1]] for item in key)
            counts = rows.op == "counted" and rows.params == {"start": 0, "step": 1}
            if counts and rows.shape == labels.shape == shape[:1]:
                value = self.spread(value, labels.shape)
                return self.make("mark", (x, value, labels), shape, add=add)
        region = _region(key, arrays)
        while len(value.shape) > len(region):
            value = self.reshaped(value, value.shape[1:])
        value = self.spread(value, region)
        piece = ("at", key, add)
        return self.make("assemble", (x, value, *arrays), shape, pieces=(piece,))

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

    def _joined(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        axis = node.params["axis"]
        pieces = []
        at = 0
        stacked = node.op.name == "stack"
        inputs = [
            v if v.dtype == node.dtype
            else self.map("astype", [v], node.dtype, node.dtype)
            for v in inputs
        ]  # fmt: skip
        for v in inputs:
            pieces.append(("along", axis, at, stacked))
            at += 1 if stacked else v.shape[axis]
        return self.make("assemble", inputs, shape, node.dtype, pieces=tuple(pieces))

    def _counted(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        start, step = (self.size(node.params[k]) for k in ("start", "step"))
        return self.make("counted", (), shape, node.dtype, start=start, step=step)

    def _eye(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        return self.make("eye", (), shape, node.dtype, k=self.size(node.params["k"]))

    def _flip(self, node: Node, inputs: list[Value], shape: Shape) -> Value:
        (x,) = inputs
        axes: list[Along] = [
            (i, n - 1, -1) if i in node.params["axis"] else (i, 0, 1)
            for i, n in enumerate(shape)
        ]
        return self.view(x, shape, axes)


_CONVERT: dict[str, Any] = {
    "const": Values._leaf,
    "input": Values._leaf,
    "size": Values._leaf,
    "broadcast": Values._broadcast,
    "transpose": Values._transpose,
    "reshape": Values._reshape,
    "getitem": Values._getitem,
    "index_add": Values._write,
    "setitem": Values._write,
    "concatenate": Values._joined,
    "stack": Values._joined,
    "matmul": Values._matmul,
    "arange": Values._counted,
    "eye": Values._eye,
    "flip": Values._flip,
    **dict.fromkeys(
        ("sum", "mean", "max", "min", "prod", "any", "all"), Values._reduce
    ),
}


def _known(dtype: np.dtype) -> bool:
    """Whether there is a C type for a dtype."""
    return dtype.kind in "iub" or dtype in (np.float32, np.float64)


def _reshaped(v: Value) -> bool:
    """Whether a view's entries don't lie at strides of its own axes."""
    while v.op == "view":
        v = v.inputs[0]
    return v.op == "reshape"


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


def region_axes(
    key: Sequence[tuple[Any, ...]], arrays: Sequence[Value]
) -> list[tuple[int | None, int]]:
    """The axes of what a key takes: (item of the key, or None for index arrays, n)."""
    axes: list[tuple[int | None, int]] = []
    place: int | None = None
    closed = apart = False
    for at, item in enumerate(key):
        if item[0] in ("slice", "new"):
            axes.append((at, item[3] if item[0] == "slice" else 1))
            closed = place is not None
        elif arrays:
            apart = apart or closed
            place = len(axes) if place is None else place
    if arrays:
        common = np.broadcast_shapes(*(a.shape for a in arrays))
        start = 0 if apart else place or 0
        axes[start:start] = [(None, n) for n in common]
    return axes


_RELATIONS = {
    "==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, "<=": int.__le__,
    ">": int.__gt__, ">=": int.__ge__,
}  # fmt: skip


def _check_sizes(graph: Graph, size: Any) -> None:
    """What the trace relied on must hold at these sizes too."""
    for guard in graph.guards:
        left, right = size(guard.left), size(guard.right)
        if not _RELATIONS[guard.relation](left, right):
            raise Unsupported(
                f"the forward pass was followed where {guard.left} {guard.relation} "
                f"{guard.right}, which a batch of this size breaks"
            )
