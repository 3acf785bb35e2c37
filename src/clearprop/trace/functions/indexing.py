"""Functions that read, choose and write by position or condition."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node, product
from clearprop.sizes import Dim, Size, floordiv
from clearprop.trace.array import Traced
from clearprop.trace.functions import handles
from clearprop.trace.functions.creation import smaller

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

_FULL = ("slice", None, None, None)


@handles("where")
def _where(t: Tracer, condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return _nonzero(t, condition)
    chosen = t.node(condition)
    if chosen.dtype.kind != "b":
        chosen = t.graph.apply("ne", chosen, 0)
    return t.graph.apply("where", chosen, t.node(x), t.node(y))


@handles("select")
def _select(t: Tracer, condlist: Any, choicelist: Any, default: Any = 0) -> Node:
    result = t.node(default)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        result = t.graph.apply("where", t.node(condition), t.node(choice), result)
    return result


@handles("choose")
def _choose(t: Tracer, a: Any, choices: Any, mode: str = "raise") -> Node:
    index = t.node(a)
    options = [t.node(c) for c in choices]
    if mode != "raise":
        t.refuse(f"np.choose with mode={mode!r} is not followed", "Use np.where")
    result = options[-1]
    for place in range(len(options) - 2, -1, -1):
        result = t.graph.apply("where", index.equals(place), options[place], result)
    return result


@handles("clip")
def _clip(t: Tracer, a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None,
          max: Any = None, dtype: Any = None) -> Node:  # fmt: skip
    low = a_min if min is None else min
    high = a_max if max is None else max
    limits = [None if v is None or v is np._NoValue else t.node(v) for v in (low, high)]
    x, bottom, top = t.node(a), *limits
    if bottom is not None and top is not None:
        return t.graph.apply("clip", x, bottom, top)
    if top is not None:
        return t.graph.apply("minimum", x, top)
    return x if bottom is None else t.graph.apply("maximum", x, bottom)


@handles("nan_to_num")
def _nan_to_num(t: Tracer, x: Any, copy: bool = True, nan: float = 0.0,
                posinf: Any = None, neginf: Any = None) -> Node:  # fmt: skip
    if not copy:
        t.refuse("np.nan_to_num in place is not followed", "Leave copy=False out")
    node = t.node(x)
    if not node.is_float:
        return node
    info = np.finfo(node.dtype)
    top = float(info.max) if posinf is None else posinf
    low = float(info.min) if neginf is None else neginf
    apply = t.graph.apply
    result = apply("where", apply("isnan", node), t.node(nan), node)
    result = apply("where", node.equals(float("inf")), t.node(top), result)
    return apply("where", node.equals(float("-inf")), t.node(low), result)


@handles("isclose")
def _isclose(t: Tracer, a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8,
             equal_nan: bool = False) -> Node:  # fmt: skip
    x, y = t.node(a), t.node(b)
    apply = t.graph.apply
    return apply("abs", x - y) <= t.node(atol) + t.node(rtol) * apply("abs", y)


@handles("isneginf", "isposinf")
def _isneginf(t: Tracer, x: Any) -> Node:
    t.refuse("np.isposinf and np.isneginf are not followed", "Use np.isinf")


@handles("take")
def _take(
    t: Tracer, a: Any, indices: Any, axis: Any = None, mode: str = "raise"
) -> Node:
    node = t.node(a)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    axis = operator.index(axis) % node.ndim
    before = (_FULL,) * axis
    if mode not in ("raise", "wrap", "clip"):
        t.refuse(f"np.take with mode={mode!r} is not followed", "Use x[indices]")
    if type(indices) is int and mode == "raise":
        return t.graph.apply("getitem", node, key=(*before, ("int", indices)))
    index = t.node(indices)
    n = t.graph.number(node.dims[axis])
    if mode == "wrap":
        index = t.graph.apply("mod", index, n)
    if mode == "clip":
        index = t.graph.apply("minimum", t.graph.apply("maximum", index, 0), n - 1)
    if index.weak:
        index = index.cast(np.intp)
    return t.graph.apply("getitem", node, index, key=(*before, ("array", 0)))


@handles("compress")
def _compress(t: Tracer, condition: Any, a: Any, axis: Any = None) -> Any:
    x = t.lift(a)
    if axis is None:
        x = t.call(np.ravel, (x,), {})
        axis = 0
    axis = operator.index(axis) % x.ndim
    return x[(*((slice(None),) * axis), condition)]


@handles("extract")
def _extract(t: Tracer, condition: Any, arr: Any) -> Any:
    flat = t.call(np.ravel, (arr,), {})
    return flat[t.call(np.ravel, (condition,), {})]


@handles("take_along_axis")
def _take_along_axis(t: Tracer, arr: Any, indices: Any, axis: Any = -1) -> Node:
    node, index = t.node(arr), t.node(indices)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    axis = operator.index(axis) % node.ndim
    dims = list(node.dims)
    dims[axis] = index.dims[axis]
    index = index.broadcast(dims) if index.shape != tuple(map(int, dims)) else index
    return t.graph.apply("take_along_axis", node, index, axis=axis)


@handles("put_along_axis", direct=True)
def _put_along_axis(t: Tracer, arr: Any, indices: Any, values: Any, axis: Any) -> None:
    target, index = t.lift(arr), t.lift(indices)
    axis = operator.index(axis) % target.ndim
    key: list[Any] = []
    for place in range(target.ndim):
        if place == axis:
            key.append(index)
            continue
        row = t.call(np.arange, (t.size(target.node.dims[place]),), {})
        shape = [1] * target.ndim
        shape[place] = -1
        key.append(row.reshape(shape))
    t.store(target, tuple(key), values)


@handles("put", direct=True)
def _put(t: Tracer, a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    target = t.lift(a)
    if mode != "raise" or not target.value.flags.c_contiguous:
        t.refuse("this np.put is not followed", "Write x.reshape(-1)[ind] = v")
    target.reshape(-1)[ind] = v


@handles("place", "putmask", direct=True)
def _putmask(t: Tracer, a: Any, mask: Any, values: Any) -> None:
    target, values = t.lift(a), t.lift(values)
    if np.shape(t.plain(values)) == target.value.shape:
        values = t.lift(values)[mask]
    elif np.size(t.plain(values)) != 1:
        t.refuse("np.putmask with repeated values", "Write x[mask] = values")
    t.store(target, mask, values)


@handles("copyto", direct=True)
def _copyto(
    t: Tracer, dst: Any, src: Any, casting: str = "same_kind", where: Any = True
) -> None:
    target = t.lift(dst)
    if where is True:
        t.store(target, ..., src)
        return
    chosen = t.call(np.where, (where, src, target), {})
    t.store(target, ..., chosen)


@handles("fill_diagonal", direct=True)
def _fill_diagonal(t: Tracer, a: Any, val: Any, wrap: bool = False) -> None:
    target = t.lift(a)
    if target.ndim != 2 or wrap:
        t.refuse("np.fill_diagonal of more than two axes", "Write the entries by index")
    count = smaller(t, *target.node.dims)
    row = t.call(np.arange, (t.size(count),), {})
    t.store(target, (row, row), val)


# -- positions -----------------------------------------------------------------------


def _fixed_positions(t: Tracer, condition: Any) -> Any:
    """The concrete positions, where they are the same whatever the inputs are."""
    node = t.node(condition)
    if t.varies(node):
        return None
    return np.nonzero(np.asarray(t.plain(condition)))


def _nonzero(t: Tracer, a: Any) -> Any:
    fixed = _fixed_positions(t, a)
    if fixed is not None:
        return [t.graph.constant(f) for f in fixed]
    node = t.node(a)
    mask = node if node.dtype.kind == "b" else t.graph.apply("ne", node, 0)
    return _where_true(t, mask, t.count(mask, np.asarray(t.plain(a)) != 0))


def _where_true(t: Tracer, mask: Node, count: Dim) -> list[Node]:
    return [
        t.graph.apply("nonzero", mask, axis=axis, count=count)
        for axis in range(mask.ndim)
    ]


@handles("nonzero")
def _nonzero_of(t: Tracer, a: Any) -> Any:
    return _nonzero(t, a)


@handles("flatnonzero")
def _flatnonzero(t: Tracer, a: Any) -> Any:
    flat = t.call(np.ravel, (t.lift(a),), {})
    return _nonzero(t, flat)[0]


@handles("argwhere")
def _argwhere(t: Tracer, a: Any) -> Node:
    return t.graph.apply("stack", *_nonzero(t, a), axis=1)


@handles("searchsorted")
def _searchsorted(
    t: Tracer, a: Any, v: Any, side: str = "left", sorter: Any = None
) -> Node:
    if sorter is not None:
        t.refuse(
            "np.searchsorted with a sorter is not followed", "Sort the array first"
        )
    row, value = t.node(a), t.node(v)
    wide = value.expand([value.ndim])
    below = row < wide if side == "left" else row <= wide
    return below.sum((below.ndim - 1,))


@handles("digitize")
def _digitize(t: Tracer, x: Any, bins: Any, right: bool = False) -> Node:
    edges = np.asarray(t.plain(bins))
    if edges.size > 1 and edges[0] > edges[-1]:
        t.refuse(
            "np.digitize with decreasing bins is not followed", "Give them increasing"
        )
    return _searchsorted(t, bins, x, "left" if right else "right")


@handles("bincount")
def _bincount(t: Tracer, x: Any, weights: Any = None, minlength: Any = 0) -> Node:
    index = t.node(x)
    groups = t.plain(x)
    most = int(np.max(groups)) + 1 if np.size(groups) else 0
    length: Dim = t.dim(minlength)
    if most > int(length):
        length = most
        if t.varies(index):
            top = t.graph.apply("max", index, axis=(0,), keepdims=False) + 1
            length = Size.of("int", top, value=most)
    source = t.graph.constant(np.intp(1)) if weights is None else t.node(weights)
    if weights is not None and source.dtype != float:
        source = t.cast(source, float)
    zeros = t.graph.zeros((length,), source.dtype)
    return t.graph.apply("index_add", zeros, source, index, key=(("array", 0),))


@handles("unravel_index")
def _unravel_index(t: Tracer, indices: Any, shape: Any, order: str = "C") -> Any:
    place = t.node(indices)
    if order != "C":
        t.refuse("np.unravel_index with order='F' is not followed", "Use order='C'")
    made: list[Node] = []
    for dim in reversed(t.dims(shape)):
        size = t.graph.number(dim)
        made.append(t.graph.apply("mod", place, size))
        place = t.graph.apply("floor_divide", place, size)
    return made[::-1]


@handles("ravel_multi_index")
def _ravel_multi_index(t: Tracer, multi_index: Any, dims: Any, mode: str = "raise",
                       order: str = "C") -> Any:  # fmt: skip
    total: Any = None
    for part, dim in zip(multi_index, t.dims(dims)):
        place = t.node(part)
        total = place if total is None else total * t.graph.number(dim) + place
    return total


def _triangle(upper: bool) -> Any:
    def run(t: Tracer, n: Any, k: int = 0, m: Any = None) -> Any:
        rows = t.dim(n)
        columns = rows if m is None else t.dim(m)
        shape = int(rows), int(columns)
        if upper:
            made = np.triu_indices(shape[0], k, shape[1])
        else:
            made = np.tril_indices(shape[0], k, shape[1])
        if isinstance(rows, int) and isinstance(columns, int):
            return tuple(t.lift(np.asarray(i)) for i in made)
        ones = t.graph.full((rows, columns), True, bool)
        mask = t.graph.apply("triu" if upper else "tril", ones, k=int(k))
        side = rows - (k if upper else -k)
        if (
            rows == columns
            and side is not None
            and (k >= 0) == upper
            and int(side) >= 0
        ):
            count = floordiv(side * (side + 1), 2)
        else:
            count = t.count(mask, np.ones(len(made[0])))
        return tuple(map(t.wrap, _where_true(t, mask, count), made))

    return run


handles("triu_indices", direct=True)(_triangle(True))
handles("tril_indices", direct=True)(_triangle(False))


@handles("triu_indices_from", direct=True)
def _triu_from(t: Tracer, arr: Any, k: int = 0) -> Any:
    rows, columns = arr.shape
    return _triangle(True)(t, rows, k, columns)


@handles("tril_indices_from", direct=True)
def _tril_from(t: Tracer, arr: Any, k: int = 0) -> Any:
    rows, columns = arr.shape
    return _triangle(False)(t, rows, k, columns)


@handles("diag_indices", direct=True)
def _diag_indices(t: Tracer, n: Any, ndim: int = 2) -> Any:
    row = t.call(np.arange, (n,), {})
    return (row,) * ndim


@handles("diag_indices_from", direct=True)
def _diag_from(t: Tracer, arr: Any) -> Any:
    size, *others = arr.shape
    for other in others:
        t.graph.tie(t.dim(size), t.dim(other))
    return _diag_indices(t, size, len(others) + 1)


@handles("unique", direct=True)
def _unique(t: Tracer, ar: Any, *args: Any, **kwargs: Any) -> Any:
    if type(ar) is Traced and t.depends(ar.node):
        t.refuse(
            "np.unique of values that depend on an input has a size that nothing fixes",
            "Give the number of classes, or find them outside of the forward pass",
        )
    t.settle(ar)
    return t.lift_all(np.unique(t.plain(ar), *args, **kwargs))
