"""Reading, writing and adding at positions, by NumPy's own indexing rules.

A key is a tuple of items: ``("slice", start, stop, step)`` with sizes or None,
``("int", i)``, ``("new",)`` for ``None``, and ``("array", k)`` for the k-th index array
among the node's further inputs (integers, or booleans with their count in ``counts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.graph import Graph, Node, Params, define
from clearprop.ops.elementwise import number_of
from clearprop.sizes import Dim, Size, floordiv, product

Key = tuple[tuple[Any, ...], ...]


def concrete_key(key: Key, arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The key as NumPy takes it."""
    made: list[Any] = []
    for item in key:
        if item[0] == "slice":
            made.append(slice(item[1], item[2], item[3]))
        elif item[0] == "int":
            made.append(item[1])
        elif item[0] == "new":
            made.append(None)
        else:
            made.append(arrays[item[1]])
    return tuple(made)


def slice_length(graph: Graph, n: Dim, start: Any, stop: Any, step: Any) -> Dim:
    """How many entries ``x[start:stop:step]`` takes of ``n``.

    NumPy cuts a slice off at the ends without a word, so what the length relies on is
    guarded: that a bound lies inside, as it does in the example, or beyond an end.
    """
    step = 1 if step is None else graph.fix(step)
    if all(s is None or isinstance(s, int) for s in (n, start, stop)):
        return len(range(*slice(start, stop, step).indices(int(n))))
    first: int = 0
    last = n
    if step < 0:  # the same, walked from the other end: positions lie one further down
        start, stop, first, last = stop, start, -1, n - 1
    low = first if start is None else _position(graph, n, start)
    high = last if stop is None else _position(graph, n, stop)
    for smaller, larger in ((high, low), (last, low), (high, first)):
        if int(smaller) < int(larger):
            graph.require(smaller, "<=", larger)
            return 0
    if int(low) < first:
        graph.require(low, "<=", first)
        low = first
    else:
        graph.require(low, ">=", first)
    if int(high) > int(last):
        graph.require(high, ">=", last)
        high = last
    else:
        graph.require(last, ">=", high)
    graph.require(high, ">=", low)
    return floordiv(high - low + (abs(step) - 1), abs(step))


def _position(graph: Graph, n: Dim, bound: Dim) -> Dim:
    """Where a slice bound points: a negative one counts from the end."""
    if int(bound) < 0:
        graph.require(bound, "<", 0)
        return n + bound
    graph.require(bound, ">=", 0)
    return bound


def _getitem_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    x, arrays = inputs[0], inputs[1:]
    key: Key = params["key"]
    counts = iter(params.get("counts", ()))
    dims: list[Dim] = []
    index_shapes: list[tuple[Dim, ...]] = []
    place: int | None = None  # where the index arrays' own axes go
    apart = False  # index arrays with a slice between them: their axes come first
    closed = False
    axis = 0
    advanced = any(item[0] == "array" for item in key)
    for item in key:
        kind = item[0]
        if kind == "new":
            dims.append(1)
        elif kind == "slice":
            dims.append(slice_length(graph, x.dims[axis], *item[1:]))
            axis += 1
        if kind in ("new", "slice"):
            closed = place is not None
            continue
        if advanced:
            apart = apart or closed
            place = len(dims) if place is None else place
        if kind == "int":
            axis += 1
            continue
        array = arrays[item[1]]
        if array.dtype.kind == "b":
            for i, dim in enumerate(array.dims):
                graph.tie(x.dims[axis + i], dim, checked=True)
            index_shapes.append((next(counts),))
            axis += array.ndim
        else:
            index_shapes.append(array.dims)
            if _counts_up(array) and int(array.params["stop"]) == int(x.dims[axis]):
                # x[np.arange(len(y)), y] is taken to mean every row of x
                graph.tie(x.dims[axis], array.params["stop"])
            axis += 1
    dims += x.dims[axis:]
    if index_shapes:
        front = list(graph.common(index_shapes))
        at = 0 if apart else (place or 0)
        dims[at:at] = front
    return tuple(dims), x.dtype


def _counts_up(array: Node) -> bool:
    """Whether an index array is ``np.arange(len(y))``: as many as one axis has."""
    if array.op.name != "arange" or not isinstance(array.params["stop"], Size):
        return False
    atom = array.params["stop"].atom
    whole = array.params["start"] == 0 and array.params["step"] == 1
    return whole and atom is not None and atom.kind == "dim"


def _getitem_gradient(
    g: Node, y: Node, x: Node, *arrays: Node, key: Key, counts: Any = ()
) -> Any:
    zeros = x.graph.zeros(x.dims, x.dtype)
    more = {"counts": counts} if counts else {}
    dx = x.graph.apply("index_add", zeros, g, *arrays, key=key, **more)
    return (dx, *(None for _ in arrays))


def _whole(key: Key) -> bool:
    return all(item == ("slice", None, None, None) for item in key)


def _interval(item: tuple[Any, ...], n: Dim) -> tuple[int, int] | None:
    """The positions that a key item takes, where they are plain numbers."""
    if item[0] == "int" and isinstance(item[1], int):
        i = item[1] if item[1] >= 0 else (item[1] + n if isinstance(n, int) else None)
        return (i, i + 1) if isinstance(i, int) else None
    if item[0] == "slice" and item[3] in (None, 1):
        start, stop = item[1] or 0, n if item[2] is None else item[2]
        if isinstance(start, int) and isinstance(stop, int) and min(start, stop) >= 0:
            return (start, stop)
    return None


def disjoint(a: Key, b: Key, dims: Sequence[Dim]) -> bool:
    """Whether two keys surely name different entries."""
    for first, second, n in zip(a, b, dims, strict=False):
        if "new" in (first[0], second[0]) or "array" in (first[0], second[0]):
            return False
        one, other = _interval(first, n), _interval(second, n)
        if one and other and (one[1] <= other[0] or other[1] <= one[0]):
            return True
    return False


def _as_entries(value: Node, x: Node) -> Node:
    """A value as it is once it stands in x."""
    return value if value.dtype == x.dtype and not value.weak else value.cast(x.dtype)


def _getitem_canonical(
    graph: Graph, inputs: Sequence[Node], params: Params
) -> Node | None:
    x, key = inputs[0], params["key"]
    if _whole(key):
        return x
    if len(inputs) > 1:
        return None
    if x.op.name == "broadcast" and not x.inputs[0].ndim:
        return x.inputs[0].broadcast(_getitem_infer(graph, inputs, params)[0])
    # what was written elsewhere doesn't matter here, what was written here is known
    base = x
    while base.op.name == "setitem" and disjoint(base.params["key"], key, base.dims):
        base = base.inputs[0]
    if base.op.name == "setitem" and len(base.inputs) == 2:
        written, value = base.params["key"], base.inputs[1]
        ints = all(item[0] == "int" for item in written)
        if written == key or (ints and written == key[: len(written)]):
            region = _getitem_infer(graph, [base], {"key": written})[0]
            if value.ndim <= len(region):
                whole = _as_entries(value, x).broadcast(region)
                rest = () if written == key else key[len(written) :]
                return graph.apply("getitem", whole, key=rest) if rest else whole
    return graph.apply("getitem", base, key=key) if base is not x else None


def _getitem(x: Any, *arrays: Any, key: Key, counts: Any = ()) -> Any:
    return np.asarray(x)[concrete_key(key, arrays)]


define(
    "getitem", _getitem, infer=_getitem_infer, canonical=_getitem_canonical,
    gradient=_getitem_gradient,
    says="the entries that were read receive the gradient, the others zero",
)  # fmt: skip


def _write_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    """What is written is broadcast to the region, and may lead with size-1 axes."""
    x, value, *arrays = inputs
    region = _getitem_infer(graph, [x, *arrays], params)[0]
    extra = max(value.ndim - len(region), 0)
    for dim in value.dims[:extra]:
        graph.fix(dim)
    graph.common([region, value.dims[extra:]])
    return x.dims, x.dtype


def _setitem(x: Any, value: Any, *arrays: Any, key: Key, counts: Any = ()) -> Any:
    out = np.array(x)
    out[concrete_key(key, arrays)] = value
    return out


def _region(x: Node, arrays: Sequence[Node], params: Params) -> tuple[Dim, ...]:
    """The dims of what a key takes from an array."""
    return x.graph.apply("getitem", x, *arrays, **params).dims


def may_repeat(arrays: Sequence[Node]) -> bool:
    """Whether index arrays may name an entry twice: not where one of them counts up."""
    whole = [n for n in arrays if n.dtype.kind != "b"]
    if all(not n.ndim for n in whole):
        return False
    return any(n.ndim > 1 for n in whole) or not any(
        n.op.name == "arange" and n.dims != (1,) for n in whole
    )


def _value_gradient(
    g: Node, value: Node, arrays: Sequence[Node], params: Params
) -> Node:
    return _fit(g.graph.apply("getitem", g, *arrays, **params), value)


def _fit(taken: Node, value: Node) -> Node:
    """The gradient of a region, summed to what was written there."""
    if taken.ndim < value.ndim:  # x[0] = row of shape (1, n): leading ones are dropped
        return taken.sum_to(value.dims[value.ndim - taken.ndim :]).reshape(value.dims)
    return taken.sum_to(value.dims)


def _setitem_gradient(
    g: Node, y: Node, x: Node, value: Node, *arrays: Node, **params: Any
) -> Any:
    apply = g.graph.apply
    zero = g.graph.constant(x.dtype.type(0))
    dx = apply("setitem", g, zero, *arrays, **params)
    if not may_repeat(arrays):
        dvalue = _value_gradient(g, value, arrays, params)
    elif not value.ndim:  # each entry that was overwritten counts once
        dvalue = (g - dx).sum(range(g.ndim))
    else:  # of entries written twice, the last one stays
        region = _region(x, arrays, params)
        order = apply("arange", start=0, stop=product(region), step=1).reshape(region)
        slots = apply("setitem", g.graph.zeros(x.dims, int), order, *arrays, **params)
        stays = apply("getitem", slots, *arrays, **params).equals(order)
        taken = apply("getitem", g, *arrays, **params) * stays
        dvalue = _fit(taken, value)
    return (dx, dvalue, *(None for _ in arrays))


def _setitem_canonical(
    graph: Graph, inputs: Sequence[Node], params: Params
) -> Node | None:
    x, value, *arrays = inputs
    key = params["key"]
    if _whole(key) and x.is_float == value.is_float and value.ndim <= x.ndim:
        return _as_entries(value, x).broadcast(x.dims)
    mask = arrays[0] if len(key) == 1 and key[0][0] == "array" else None
    if mask is None or mask.dtype.kind != "b" or mask.ndim != x.ndim:
        return None
    if not value.ndim and x.is_float:  # z[z < 0] = 0 is np.where(z < 0, 0, z)
        for a, b in zip(x.dims, mask.dims, strict=True):
            graph.tie(a, b, checked=True)
        number = number_of(value)
        written = value if number is None else float(number)
        chosen = graph.apply("where", mask, written, x)
        return chosen if chosen.dtype == x.dtype else None
    return None


define(
    "setitem", _setitem, infer=_write_infer, gradient=_setitem_gradient,
    canonical=_setitem_canonical,
    says="the entries that were overwritten pass nothing back; what was written does",
)  # fmt: skip


def _index_add(x: Any, value: Any, *arrays: Any, key: Key, counts: Any = ()) -> Any:
    out = np.array(x)
    np.add.at(out, concrete_key(key, arrays), value)
    return out


def _index_add_gradient(
    g: Node, y: Node, x: Node, value: Node, *arrays: Node, **params: Any
) -> Any:
    return (g, _value_gradient(g, value, arrays, params), *(None for _ in arrays))


def _index_add_canonical(
    graph: Graph, inputs: Sequence[Node], params: Params
) -> Node | None:
    x, value = inputs[0], inputs[1]
    if _whole(params["key"]) and value.ndim <= x.ndim:
        return x + value
    return None


define(
    "index_add", _index_add, infer=_write_infer, gradient=_index_add_gradient,
    canonical=_index_add_canonical,
    says="values added at positions; a position named twice collects both",
)  # fmt: skip


def _along_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    x, index = inputs
    axis = params["axis"]
    rest = [(*n.dims[:axis], *n.dims[axis + 1 :]) for n in inputs]
    dims = list(graph.common(rest))
    dims.insert(axis, index.dims[axis])
    return tuple(dims), x.dtype


def along_gradient(g: Node, y: Node, x: Node, index: Node, axis: int) -> Any:
    """What was read along an axis is added up where it stands."""
    apply = x.graph.apply
    if index.op.name == "argsort" and x.graph.same(index.dims, x.dims):
        back = apply("argsort", index, axis=axis)  # where each sorted entry came from
        return apply("take_along_axis", g, back, axis=axis), None
    key: list[tuple[Any, ...]] = []
    arrays: list[Node] = []
    for i, dim in enumerate(x.dims):
        if i != axis and isinstance(dim, int) and dim == 1:
            key.append(("int", 0))
            continue
        key.append(("array", len(arrays)))
        arrays.append(index if i == axis else _grid(x, i))
    zeros = x.graph.zeros(x.dims, x.dtype)
    return apply("index_add", zeros, g, *arrays, key=tuple(key)), None


def _grid(x: Node, axis: int) -> Node:
    """The positions along one axis, shaped to broadcast along the others."""
    positions = x.graph.apply("arange", start=0, stop=x.dims[axis], step=1)
    return positions.expand([i for i in range(x.ndim) if i != axis])


define(
    "take_along_axis", lambda x, index, axis: np.take_along_axis(x, index, axis),
    infer=_along_infer, gradient=along_gradient,
    says="the entries that were read receive the gradient, the others zero",
)  # fmt: skip


def _arange_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    start, stop, step = params["start"], params["stop"], graph.fix(params["step"])
    low, high = (start, stop) if step > 0 else (stop, start)
    if int(high) < int(low):
        graph.require(high, "<=", low)
        return (0,), np.dtype(int)
    graph.require(high, ">=", low)
    return (floordiv(high - low + (abs(step) - 1), abs(step)),), np.dtype(int)


define(
    "arange", lambda start, stop, step: np.arange(start, stop, step),
    infer=_arange_infer, says="whole numbers in a row",
)  # fmt: skip
define(
    "eye", lambda rows, columns, k, dtype: np.eye(rows, columns, k, dtype),
    infer=lambda graph, inputs, params: (
        (params["rows"], params["columns"]), np.dtype(params["dtype"]),
    ),
    says="ones on the diagonal",
)  # fmt: skip


def _windows_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    (x,) = inputs
    dims = list(x.dims)
    for axis, width in zip(params["axis"], params["window"], strict=True):
        dims[axis] = dims[axis] - width + 1
    return (*dims, *params["window"]), x.dtype


def _windows_gradient(g: Node, y: Node, x: Node, window: Any, axis: Any) -> Node:
    zeros = x.graph.zeros(x.dims, x.dtype)
    return x.graph.apply("add_windows", zeros, g, window=window, axis=axis)


def _windows(x: Any, window: Any, axis: Any) -> Any:
    return np.lib.stride_tricks.sliding_window_view(x, window, axis)


define(
    "sliding_window_view", _windows, infer=_windows_infer, gradient=_windows_gradient,
    says="an entry that is seen by many windows collects the sum of what comes back",
)  # fmt: skip


def _add_windows(x: Any, g: Any, window: Any, axis: Any) -> Any:
    out = np.array(x)
    for offset in np.ndindex(*window):
        target = [slice(None)] * out.ndim
        for a, o in zip(axis, offset, strict=True):
            target[a] = slice(o, o + g.shape[a])
        out[tuple(target)] += g[(..., *offset)]
    return out


define(
    "add_windows", _add_windows,
    infer=lambda graph, inputs, params: (inputs[0].dims, inputs[0].dtype),
    gradient=lambda g, y, x, windows, window, axis: (
        g, g.graph.apply("sliding_window_view", g, window=window, axis=axis),
    ),
    says="every window receives the gradient of the entries that it covers",
)  # fmt: skip


define(
    "nonzero", lambda x, axis, count: np.nonzero(x)[axis],
    infer=lambda graph, inputs, params: ((params["count"],), np.dtype(np.intp)),
    gradient=lambda g, y, x, axis, count: None, says="positions: no gradient passes",
)  # fmt: skip
define(
    "searchsorted", lambda x, value, side: np.searchsorted(x, value, side),
    infer=lambda graph, inputs, params: (inputs[1].dims, np.dtype(np.intp)),
    gradient=lambda g, y, x, value, side: (None, None),
    says="positions: no gradient passes",
)  # fmt: skip
