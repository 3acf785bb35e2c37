"""Functions that rearrange one array: views wherever NumPy gives views."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node, product
from clearprop.trace.functions import handles
from clearprop.trace.functions.creation import smaller
from clearprop.trace.views import (
    SAME,
    Step,
    View,
    expanded,
    flipped,
    indexed,
    reshaped,
    stretched,
    transposed,
    windowed,
)

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

_FULL = ("slice", None, None, None)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    given = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(operator.index(a) % ndim for a in given)


@handles("reshape")
def _reshape(
    t: Tracer,
    a: Any,
    shape: Any = None,
    order: str = "C",
    newshape: Any = None,
    copy: Any = None,
) -> View:
    node = t.node(a)
    shape = newshape if shape is None else shape
    dims = t.new_dims(node.dims, shape)
    if order == "F":
        back = tuple(range(node.ndim))[::-1]
        there = tuple(range(len(dims)))[::-1]
        return View(a, (transposed(back), reshaped(dims[::-1]), transposed(there)))
    if order == "A" and t.plain(a).flags.fnc:
        t.refuse(
            "reshape with order='A' of a transposed array", "Give order='C' or 'F'"
        )
    return View(a, (reshaped(dims),))


@handles("ravel")
def _ravel(t: Tracer, a: Any, order: str = "C") -> View:
    node = t.node(a)
    steps: tuple[Step, ...] = (reshaped((product(node.dims),)),)
    if order == "F":
        steps = (transposed(tuple(range(node.ndim))[::-1]), *steps)
    return View(a, steps)


@handles("transpose", "permute_dims")
def _transpose(t: Tracer, a: Any, axes: Any = None) -> View:
    ndim = t.node(a).ndim
    order = tuple(range(ndim))[::-1] if axes is None else _axes(axes, ndim)
    return View(a, (transposed(order),))


@handles("matrix_transpose", "linalg.matrix_transpose")
def _matrix_transpose(t: Tracer, x: Any) -> View:
    return _swapaxes(t, x, -1, -2)


@handles("swapaxes")
def _swapaxes(t: Tracer, a: Any, axis1: Any, axis2: Any) -> View:
    order = list(range(t.node(a).ndim))
    i, j = _axes((axis1, axis2), len(order))
    order[i], order[j] = order[j], order[i]
    return View(a, (transposed(order),))


@handles("moveaxis")
def _moveaxis(t: Tracer, a: Any, source: Any, destination: Any) -> View:
    ndim = t.node(a).ndim
    first, last = _axes(source, ndim), _axes(destination, ndim)
    order = [i for i in range(ndim) if i not in first]
    for place, axis in sorted(zip(last, first)):
        order.insert(place, axis)
    return View(a, (transposed(order),))


@handles("rollaxis")
def _rollaxis(t: Tracer, a: Any, axis: int, start: int = 0) -> View:
    ndim = t.node(a).ndim
    axis %= ndim
    start = start + ndim if start < 0 else start
    order = [i for i in range(ndim) if i != axis]
    order.insert(start - 1 if axis < start else start, axis)
    return View(a, (transposed(order),))


@handles("expand_dims")
def _expand_dims(t: Tracer, a: Any, axis: Any) -> View:
    given = axis if isinstance(axis, tuple | list) else (axis,)
    return View(a, (expanded(_axes(axis, t.node(a).ndim + len(given))),))


@handles("squeeze")
def _squeeze(t: Tracer, a: Any, axis: Any = None) -> View:
    node = t.node(a)
    if axis is None:
        gone = tuple(i for i, n in enumerate(node.shape) if n == 1)
    else:
        gone = _axes(axis, node.ndim) if node.ndim else ()
    for i in gone:
        t.graph.fix(node.dims[i])
    return View(a, (reshaped([d for i, d in enumerate(node.dims) if i not in gone]),))


def _at_least(count: int) -> Any:
    def run(t: Tracer, *arys: Any) -> Any:
        made = []
        for a in arys:
            node = t.node(a)
            step = SAME
            if node.ndim < count:
                before: tuple[int, ...] = tuple(range(count - node.ndim))
                if count == 3:
                    before = {0: (0, 1, 2), 1: (0, 2), 2: (2,)}[node.ndim]
                step = expanded(before)
            made.append(View(a, (step,)))
        return made[0] if len(made) == 1 else made

    return run


for _count in (1, 2, 3):
    handles(f"atleast_{_count}d")(_at_least(_count))


@handles("broadcast_to")
def _broadcast_to(t: Tracer, array: Any, shape: Any, subok: bool = False) -> View:
    return View(array, (stretched(t.dims(shape)),))


@handles("broadcast_arrays")
def _broadcast_arrays(t: Tracer, *args: Any, subok: bool = False) -> Any:
    dims = t.graph.common([t.node(a).dims for a in args])
    return [View(a, (stretched(dims),)) for a in args]


@handles("broadcast_shapes", direct=True)
def _broadcast_shapes(t: Tracer, *shapes: Any) -> Any:
    dims = t.graph.common([t.dims(s) for s in shapes])
    return tuple(t.size(d) for d in dims)


@handles("flip")
def _flip(t: Tracer, m: Any, axis: Any = None) -> View:
    ndim = t.node(m).ndim
    over = tuple(range(ndim)) if axis is None else tuple(sorted(_axes(axis, ndim)))
    return View(m, (flipped(over),))


@handles("flipud")
def _flipud(t: Tracer, m: Any) -> View:
    return View(m, (flipped((0,)),))


@handles("fliplr")
def _fliplr(t: Tracer, m: Any) -> View:
    return View(m, (flipped((1,)),))


@handles("rot90")
def _rot90(t: Tracer, m: Any, k: int = 1, axes: Any = (0, 1)) -> View:
    ndim = t.node(m).ndim
    i, j = _axes(axes, ndim)
    order = list(range(ndim))
    order[i], order[j] = order[j], order[i]
    steps = {
        0: (SAME,),
        1: (flipped((j,)), transposed(order)),
        2: (flipped(sorted((i, j))),),
        3: (transposed(order), flipped((j,))),
    }[k % 4]
    return View(m, steps)


@handles("roll")
def _roll(t: Tracer, a: Any, shift: Any, axis: Any = None) -> Node:
    node = t.node(a)
    if axis is None:
        flat = node.reshape((product(node.dims),))
        return t.graph.apply("roll", flat, shift=(t.dim(shift),), axis=(0,)).reshape(
            node.dims
        )
    over = _axes(axis, node.ndim)
    shifts = tuple(shift) if isinstance(shift, tuple | list) else (shift,)
    if len(over) == 1 < len(shifts):
        over = over * len(shifts)
    if len(shifts) == 1 < len(over):
        shifts = shifts * len(over)
    return t.graph.apply("roll", node, shift=tuple(t.dim(s) for s in shifts), axis=over)


@handles("repeat")
def _repeat(t: Tracer, a: Any, repeats: Any, axis: Any = None) -> Node:
    node = t.node(a)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    axis = operator.index(axis) % node.ndim
    if np.ndim(t.plain(repeats)) == 0 and not isinstance(repeats, list):
        return t.graph.apply("repeat", node, repeats=t.dim(repeats), axis=axis)
    t.settle(repeats)
    for n in (repeats,) if not isinstance(repeats, list) else repeats:
        if t.touched(n) and t.depends(t.node(n)):
            t.refuse(
                "np.repeat with counts that depend on an input", "Use fixed counts"
            )
    index = np.repeat(np.arange(t.graph.fix(node.dims[axis])), t.plain(repeats))
    key = (*((_FULL,) * axis), ("array", 0))
    return t.graph.apply("getitem", node, t.graph.constant(index), key=key)


@handles("tile")
def _tile(t: Tracer, A: Any, reps: Any) -> Node:
    node = t.node(A)
    counts = t.dims(reps)
    ndim = max(node.ndim, len(counts))
    counts = (1,) * (ndim - len(counts)) + counts
    return t.graph.apply("tile", node.expand(range(ndim - node.ndim)), reps=counts)


def _triangle(name: str) -> Any:
    def run(t: Tracer, m: Any, k: Any = 0) -> Node:
        node = t.node(m)
        if node.ndim == 1:
            node = node.broadcast((node.dims[0], node.dims[0]))
        return t.graph.apply(name, node, k=int(k))

    return run


for _name in ("triu", "tril"):
    handles(_name)(_triangle(_name))


def diagonal_view(t: Tracer, a: Any, offset: int, axis1: int, axis2: int) -> View:
    """The diagonal of two axes, as the last axis of the result."""
    node = t.node(a)
    i, j = axis1 % node.ndim, axis2 % node.ndim
    rest = [n for n in range(node.ndim) if n not in (i, j)]
    rows, columns = node.dims[i], node.dims[j]
    count = smaller(t, rows - max(-offset, 0), columns - max(offset, 0))

    def line(start: int) -> Node:
        return t.graph.apply("arange", start=start, stop=count + start, step=1)

    key = (*((_FULL,) * len(rest)), ("array", 0), ("array", 1))
    arrays = [line(max(-offset, 0)), line(max(offset, 0))]
    return View(a, (transposed((*rest, i, j)), indexed(arrays, {"key": key})))


@handles("diagonal", "linalg.diagonal")
def _diagonal(t: Tracer, a: Any, offset: int = 0, axis1: int | None = None,
              axis2: int | None = None) -> View:  # fmt: skip
    return diagonal_view(
        t, a, offset, 0 if axis1 is None else axis1, 1 if axis2 is None else axis2
    )


@handles("trace")
def _trace(t: Tracer, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1,
           dtype: Any = None) -> Node:  # fmt: skip
    node = t.node(a)
    for step in diagonal_view(t, a, offset, axis1, axis2).steps:
        node = step.forward(node)
    return node.sum((node.ndim - 1,))


@handles("lib.stride_tricks.sliding_window_view", "sliding_window_view")
def _windows(
    t: Tracer,
    x: Any,
    window_shape: Any,
    axis: Any = None,
    subok: bool = False,
    writeable: bool = False,
) -> View:
    node = t.node(x)
    window = t.dims(window_shape)
    over = tuple(range(node.ndim)) if axis is None else _axes(axis, node.ndim)
    return View(x, (windowed(window, over),))


@handles("as_strided")
def _as_strided(t: Tracer, *args: Any, **kwargs: Any) -> Any:
    t.refuse(
        "as_strided reads memory in a way that can't be derived",
        "Use np.lib.stride_tricks.sliding_window_view",
    )


@handles("astype", direct=True)
def _astype(t: Tracer, x: Any, dtype: Any, copy: bool = True, **more: Any) -> Any:
    return t.lift(x).astype(dtype, copy=copy)


@handles("resize")
def _resize(t: Tracer, *args: Any, **kwargs: Any) -> Any:
    t.refuse("np.resize repeats entries silently", "Use reshape, np.tile or np.pad")


@handles("real", "real_if_close")
def _real(t: Tracer, val: Any, tol: float = 100) -> View:
    return View(val, (SAME,))
