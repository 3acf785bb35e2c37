"""Functions that make arrays: every one is a traced buffer from birth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node, smallest
from clearprop.sizes import Dim
from clearprop.trace.array import Traced
from clearprop.trace.functions import handles

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


def _full(t: Tracer, shape: Any, number: float, dtype: Any) -> Any:
    dtype = np.dtype(float if dtype is None else dtype)
    dims = t.dims(shape)
    value = np.full(tuple(int(d) for d in dims), number, dtype)
    if dtype.kind not in "fiub":
        return value
    return t.wrap(t.graph.full(dims, number, dtype), value)


@handles("zeros", "empty", direct=True)
def _zeros(
    t: Tracer, shape: Any, dtype: Any = None, order: str = "C", **more: Any
) -> Any:
    return _full(t, shape, 0, dtype)


@handles("ones", direct=True)
def _ones(
    t: Tracer, shape: Any, dtype: Any = None, order: str = "C", **more: Any
) -> Any:
    return _full(t, shape, 1, dtype)


@handles("full", direct=True)
def _full_of(
    t: Tracer,
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "C",
    **more: Any,
) -> Any:
    fill_value = t.lift(fill_value)
    dims = t.dims(shape)
    plain = tuple(int(d) for d in dims)
    value = np.full(plain, t.plain(fill_value), dtype)
    if value.dtype.kind not in "fiub":
        return value
    node = t.cast(t.node(fill_value), value.dtype)
    return t.wrap(node.broadcast(dims), value)


def _like(number: float) -> Any:
    def run(t: Tracer, a: Any, dtype: Any = None, order: str = "K", subok: bool = True,
            shape: Any = None, **more: Any) -> Any:  # fmt: skip
        node = t.node(a)
        dims = node.dims if shape is None else t.dims(shape)
        dtype = np.dtype(node.dtype if dtype is None else dtype)
        value = np.full(tuple(int(d) for d in dims), number, dtype)
        return t.wrap(t.graph.full(dims, number, dtype), value)

    return run


for _name, _number in {"zeros_like": 0, "empty_like": 0, "ones_like": 1}.items():
    handles(_name, direct=True)(_like(_number))


@handles("full_like", direct=True)
def _full_like(
    t: Tracer, a: Any, fill_value: Any, dtype: Any = None, **more: Any
) -> Any:
    node = t.node(a)
    dtype = node.dtype if dtype is None else dtype
    value = np.full(node.shape, t.plain(fill_value), dtype)
    made = t.cast(t.node(fill_value), value.dtype).broadcast(node.dims)
    return t.wrap(made, value)


@handles("array", direct=True)
def _array(
    t: Tracer,
    obj: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: str = "K",
    subok: bool = False,
    ndmin: int = 0,
    like: Any = None,
) -> Any:
    obj = t.lift(obj)
    value = np.array(t.plain(obj), dtype=dtype, ndmin=ndmin)
    shared = not copy and type(obj) is Traced and obj.is_array
    if shared and value.dtype == obj.dtype and value.ndim == obj.ndim:
        return obj
    return _made(t, obj, value)


def _made(t: Tracer, obj: Any, value: np.ndarray) -> Any:
    if value.dtype.kind not in "fiub":
        if t.touched(obj):
            t.check_kind(value)
        return value
    if not t.touched(obj):
        return t.wrap(t.graph.constant(value), value)
    node = t.node(obj)
    if node.weak or node.dtype != value.dtype:
        node = t.cast(node, value.dtype)
    if value.ndim > node.ndim:
        node = node.expand(range(value.ndim - node.ndim))
    return t.wrap(node, value)


@handles("asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "require",
         "asarray_chkfinite", direct=True)  # fmt: skip
def _asarray(
    t: Tracer, a: Any, dtype: Any = None, order: Any = None, **more: Any
) -> Any:
    a = t.lift(a)
    value = np.asarray(t.plain(a), dtype=dtype)
    if type(a) is Traced and a.is_array and value.dtype == a.dtype:
        return a
    return _made(t, a, value)


@handles("copy")
def _copy(t: Tracer, a: Any, order: str = "K", subok: bool = False) -> Node:
    return t.node(a)


@handles("arange", direct=True)
def _arange(t: Tracer, *given: Any, dtype: Any = None, **more: Any) -> Any:
    limits: Any = tuple(t.lift(n) for n in given)
    if "start" in more or "stop" in more or "step" in more:
        start = more.pop("start", limits[0] if limits else 0)
        limits = (
            start,
            more.pop("stop", limits[-1] if limits else None),
            more.pop("step", 1),
        )
    if len(limits) == 4:
        limits, dtype = limits[:3], limits[3]
    value = np.arange(*[t.plain(n) for n in limits], dtype=dtype)
    start, stop, step = 0, limits[0], 1
    if len(limits) > 1:
        start, stop = limits[:2]
    if len(limits) > 2:
        step = limits[2]
    whole = all(isinstance(t.plain(n), int | np.integer) for n in (start, stop, step))
    if not whole:
        t.settle([start, stop, step])
        for n in (start, stop, step):
            if type(n) is Traced and t.depends(n.node):
                t.refuse(
                    "np.arange with limits that depend on an input",
                    "Write start + step * np.arange(n)",
                )
        return t.wrap(t.graph.constant(value), value)
    node = t.graph.apply(
        "arange", start=t.dim(start), stop=t.dim(stop), step=t.dim(step)
    )
    return t.wrap(node, value)


@handles("linspace")
def _linspace(
    t: Tracer,
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    if not t.touched([start, stop, num]):
        given: Any = (start, stop, num, endpoint, retstep, dtype, axis)
        value: Any = np.linspace(*given)
        if not retstep:
            return t.graph.constant(value)
        return t.graph.constant(value[0]), t.graph.constant(value[1])
    first, last, count = t.node(start), t.node(stop), t.dim(num)
    steps = t.node(t.size(count - 1 if endpoint else count))
    row = t.graph.apply("arange", start=0, stop=count, step=1)
    for _ in range(max(first.ndim, last.ndim)):
        row = row.expand([row.ndim])
    step = (last - first) / steps
    made = first + row * step
    return (made, step) if retstep else made


@handles("eye", direct=True)
def _eye(
    t: Tracer, N: Any, M: Any = None, k: Any = 0, dtype: Any = float, **more: Any
) -> Any:
    rows = t.dim(N)
    columns = rows if M is None else t.dim(M)
    dtype = np.dtype(dtype)
    node = t.graph.apply("eye", rows=rows, columns=columns, k=int(k), dtype=dtype)
    return t.wrap(node, np.eye(int(rows), int(columns), int(k), dtype))


@handles("identity", direct=True)
def _identity(t: Tracer, n: Any, dtype: Any = None, **more: Any) -> Any:
    return _eye(t, n, dtype=float if dtype is None else dtype)


@handles("tri", direct=True)
def _tri(
    t: Tracer, N: Any, M: Any = None, k: Any = 0, dtype: Any = float, **more: Any
) -> Any:
    rows = t.dim(N)
    columns = rows if M is None else t.dim(M)
    ones = t.graph.full((rows, columns), 1, dtype)
    node = t.graph.apply("tril", ones, k=int(k))
    return t.wrap(node, np.tri(int(rows), int(columns), int(k), dtype))


@handles("meshgrid")
def _meshgrid(t: Tracer, *xi: Any, indexing: str = "xy", sparse: bool = False,
              copy: bool = True) -> Any:  # fmt: skip
    nodes = [t.node(x) for x in xi]
    nodes = [n.reshape((1,)) if not n.ndim else n for n in nodes]
    order = list(range(len(nodes)))
    if indexing == "xy" and len(nodes) > 1:
        order[:2] = [1, 0]
    dims: list[Dim] = [0] * len(nodes)
    for place, node in zip(order, nodes):
        dims[place] = node.dims[0]
    made = []
    for place, node in zip(order, nodes):
        open_grid = node.expand([a for a in range(len(nodes)) if a != place])
        made.append(open_grid if sparse else open_grid.broadcast(dims))
    return made


def _grid(t: Tracer, dims: tuple[Dim, ...], axis: int) -> Node:
    row = t.graph.apply("arange", start=0, stop=dims[axis], step=1)
    return row.expand([a for a in range(len(dims)) if a != axis]).broadcast(dims)


@handles("indices", direct=True)
def _indices(t: Tracer, dimensions: Any, dtype: Any = int, sparse: bool = False) -> Any:
    dims = t.dims(dimensions)
    given: Any = (tuple(int(d) for d in dims), dtype, sparse)
    value: Any = np.indices(*given)
    grids = [_grid(t, dims, axis) for axis in range(len(dims))]
    if sparse:
        return tuple(t.lift(v) for v in value)
    return t.wrap(t.graph.apply("stack", *grids, axis=0), value)


@handles("ix_")
def _ix(t: Tracer, *args: Any) -> Any:
    nodes = [t.node(a) for a in args]
    if any(n.dtype.kind == "b" for n in nodes):
        t.refuse(
            "np.ix_ with boolean arrays is not followed", "Use np.flatnonzero first"
        )
    return [
        n.expand([a for a in range(len(nodes)) if a != place])
        for place, n in enumerate(nodes)
    ]


@handles("diag")
def _diag(t: Tracer, v: Any, k: Any = 0) -> Any:
    node = t.node(v)
    if node.ndim == 2:
        from clearprop.trace.functions.shaping import diagonal_view

        return diagonal_view(t, v, int(k), 0, 1)
    return _on_diagonal(t, node, int(k))


@handles("diagflat")
def _diagflat(t: Tracer, v: Any, k: Any = 0) -> Node:
    from clearprop.graph import product

    node = t.node(v)
    return _on_diagonal(t, node.reshape((product(node.dims),)), int(k))


def _on_diagonal(t: Tracer, v: Node, k: int) -> Node:
    n: Dim = v.dims[0]
    side = n + abs(k)
    rows = t.graph.apply("arange", start=max(-k, 0), stop=n + max(-k, 0), step=1)
    columns = t.graph.apply("arange", start=max(k, 0), stop=n + max(k, 0), step=1)
    zeros = t.graph.zeros((side, side), v.dtype)
    return t.graph.apply(
        "setitem", zeros, v, rows, columns, key=(("array", 0), ("array", 1))
    )


@handles("vander")
def _vander(t: Tracer, x: Any, N: Any = None, increasing: bool = False) -> Node:
    node = t.node(x)
    count = t.graph.fix(node.dims[0] if N is None else t.dim(N))
    powers = range(count) if increasing else range(count - 1, -1, -1)
    columns = [node**p if p else t.graph.full(node.dims, 1, node.dtype) for p in powers]
    return t.graph.apply("stack", *columns, axis=1)


def smaller(t: Tracer, a: Dim, b: Dim) -> Dim:
    """The smaller of two dims, one of them where they are the same."""
    return smallest(t.graph.resolve(a), t.graph.resolve(b))
