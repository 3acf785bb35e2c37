"""Functions that run along axes: sums, means, extremes, sorting, positions."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node, product
from clearprop.sizes import Dim, floordiv
from clearprop.trace.functions import handles
from clearprop.trace.size import TracedSize

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

_NONE = np._NoValue


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """A reduction's axes as a sorted tuple of non-negative numbers."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(sorted(operator.index(a) % ndim if ndim else 0 for a in given))[
        : max(ndim, 0)
    ]


def one_axis(axis: Any, ndim: int) -> int:
    """One axis as a non-negative number."""
    return int(operator.index(axis)) % max(ndim, 1)


def count_of(node: Node, axis: Any) -> Node:
    """How many entries the axes hold together."""
    return node.graph.number(product(node.dims[a] for a in axis))


def _given(value: Any) -> bool:
    return value is not None and value is not _NONE


def _flag(keepdims: Any) -> bool:
    return keepdims is not _NONE and bool(keepdims)


def _masked(t: Tracer, x: Node, where: Any, neutral: float) -> Node:
    if where is _NONE or where is True or where is None:
        return x
    return t.graph.apply("where", t.node(where), x, neutral)


@handles("sum")
def _sum(t: Tracer, a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False,
         initial: Any = _NONE, where: Any = _NONE) -> Node:  # fmt: skip
    node = t.node(a)
    if dtype is not None:
        node = t.cast(node, dtype)
    node = _masked(t, node, where, 0.0 if node.is_float else 0)
    node = node.sum(axes_of(axis, node.ndim), keepdims=_flag(keepdims))
    return node + t.node(initial) if _given(initial) else node


@handles("nansum")
def _nansum(t: Tracer, a: Any, *args: Any, **kwargs: Any) -> Node:
    return _sum(t, _no_nan(t, t.node(a), 0.0), *args, **kwargs)


def _no_nan(t: Tracer, x: Node, instead: float) -> Node:
    if not x.is_float:
        return x
    return t.graph.apply("where", t.graph.apply("isnan", x), instead, x)


@handles("nanmean")
def _nanmean(t: Tracer, a: Any, axis: Any = None, keepdims: Any = False) -> Node:
    x = t.node(a)
    over = axes_of(axis, x.ndim)
    known = t.graph.apply("logical_not", t.graph.apply("isnan", x))
    total = _no_nan(t, x, 0.0).sum(over, keepdims=_flag(keepdims))
    return total / known.sum(over, keepdims=_flag(keepdims))


@handles("nanmax", "nanmin")
def _nanmax(t: Tracer, *args: Any, **kwargs: Any) -> Node:
    t.refuse(
        "np.nanmax and np.nanmin are not followed",
        "Use np.max(np.where(np.isnan(x), -np.inf, x))",
    )


@handles("mean")
def _mean(t: Tracer, a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False,
          where: Any = _NONE) -> Node:  # fmt: skip
    node = t.node(a)
    if dtype is not None:
        node = t.cast(node, dtype)
    over = axes_of(axis, node.ndim)
    if where is not _NONE and where is not True:
        chosen = t.node(where).broadcast(node.dims)
        total = _masked(t, node, where, 0.0).sum(over, keepdims=_flag(keepdims))
        return total / chosen.sum(over, keepdims=_flag(keepdims))
    return t.graph.apply("mean", node, axis=over, keepdims=_flag(keepdims))


@handles("var")
def _var(
    t: Tracer,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    keepdims: Any = False,
    mean: Any = _NONE,
    correction: Any = _NONE,
) -> Node:
    node = t.node(a)
    if dtype is not None:
        node = t.cast(node, dtype)
    if correction is not _NONE:
        ddof = correction
    over = axes_of(axis, node.ndim)
    center = (
        t.graph.apply("mean", node, axis=over, keepdims=True)
        if mean is _NONE
        else t.node(mean)
    )
    square = (node - center) ** 2
    if type(ddof) is int and ddof == 0:
        return t.graph.apply("mean", square, axis=over, keepdims=_flag(keepdims))
    return square.sum(over, keepdims=_flag(keepdims)) / (
        count_of(node, over) - t.node(ddof)
    )


@handles("std")
def _std(t: Tracer, a: Any, *args: Any, **kwargs: Any) -> Node:
    return t.graph.apply("sqrt", _var(t, a, *args, **kwargs))


def _extreme(t: Tracer, name: str, pair: str, a: Any, axis: Any, keepdims: Any,
             initial: Any, where: Any) -> Node:  # fmt: skip
    node = t.node(a)
    if _given(where) and where is not True:
        node = _masked(t, node, where, float(t.plain(initial)))
    node = t.graph.apply(
        name, node, axis=axes_of(axis, node.ndim), keepdims=_flag(keepdims)
    )
    return t.graph.apply(pair, node, t.node(initial)) if _given(initial) else node


@handles("max", "amax")
def _max(t: Tracer, a: Any, axis: Any = None, keepdims: Any = False,
         initial: Any = _NONE, where: Any = _NONE) -> Node:  # fmt: skip
    return _extreme(t, "max", "maximum", a, axis, keepdims, initial, where)


@handles("min", "amin")
def _min(t: Tracer, a: Any, axis: Any = None, keepdims: Any = False,
         initial: Any = _NONE, where: Any = _NONE) -> Node:  # fmt: skip
    return _extreme(t, "min", "minimum", a, axis, keepdims, initial, where)


@handles("ptp")
def _ptp(t: Tracer, a: Any, axis: Any = None, keepdims: Any = False) -> Node:
    return _max(t, a, axis, keepdims) - _min(t, a, axis, keepdims)


def _are_sizes(t: Tracer, a: Any) -> bool:
    return (
        type(a) in (list, tuple)
        and any(type(n) is TracedSize for n in a)
        and all(type(n) in (int, TracedSize) for n in a)
    )


@handles("prod")
def _prod(t: Tracer, a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False,
          initial: Any = _NONE, where: Any = _NONE) -> Any:  # fmt: skip
    if _are_sizes(t, a):  # np.prod(x.shape)
        return t.size(product(t.dims(a)))
    node = t.node(a)
    if dtype is not None:
        node = t.cast(node, dtype)
    node = _masked(t, node, where, 1.0 if node.is_float else 1)
    node = t.graph.apply(
        "prod", node, axis=axes_of(axis, node.ndim), keepdims=_flag(keepdims)
    )
    return node * t.node(initial) if _given(initial) else node


def _cumulative(t: Tracer, name: str, a: Any, axis: Any, dtype: Any) -> Node:
    node = t.node(a)
    if dtype is not None:
        node = t.cast(node, dtype)
    if axis is None:
        axis, node = 0, node.reshape((product(node.dims),))
    return t.graph.apply(name, node, axis=one_axis(axis, node.ndim))


@handles("cumsum")
def _cumsum(t: Tracer, a: Any, axis: Any = None, dtype: Any = None) -> Node:
    return _cumulative(t, "cumsum", a, axis, dtype)


@handles("cumprod")
def _cumprod(t: Tracer, a: Any, axis: Any = None, dtype: Any = None) -> Node:
    return _cumulative(t, "cumprod", a, axis, dtype)


def _truth(name: str) -> Any:
    def run(t: Tracer, a: Any, axis: Any = None, keepdims: Any = False) -> Node:
        node = t.node(a)
        over = axes_of(axis, node.ndim)
        return t.graph.apply(name, node, axis=over, keepdims=_flag(keepdims))

    return run


for _name in ("any", "all"):
    handles(_name)(_truth(_name))


def _position(name: str) -> Any:
    def run(t: Tracer, a: Any, axis: Any = None, keepdims: Any = False) -> Node:
        node = t.node(a)
        if axis is None and node.ndim != 1:
            if _flag(keepdims):
                t.refuse(f"np.{name} of everything with keepdims", "Leave keepdims out")
            node, axis = node.reshape((product(node.dims),)), 0
        over = (one_axis(0 if axis is None else axis, node.ndim),)
        return t.graph.apply(name, node, axis=over, keepdims=_flag(keepdims))

    return run


for _name in ("argmax", "argmin"):
    handles(_name)(_position(_name))


@handles("count_nonzero")
def _count_nonzero(t: Tracer, a: Any, axis: Any = None, keepdims: Any = False) -> Node:
    node = t.node(a)
    true = node if node.dtype.kind == "b" else t.graph.apply("ne", node, 0)
    return true.sum(axes_of(axis, node.ndim), keepdims=_flag(keepdims))


@handles("average")
def _average(t: Tracer, a: Any, axis: Any = None, weights: Any = None,
             returned: bool = False, keepdims: Any = False) -> Any:  # fmt: skip
    x = t.node(a)
    over = axes_of(axis, x.ndim)
    keep = _flag(keepdims)
    if weights is None:
        mean = t.graph.apply("mean", x, axis=over, keepdims=keep)
        if not returned:
            return mean
        total = count_of(x, over) * 1.0
        return mean, t.cast(total, float).broadcast(mean.dims)
    w = t.node(weights)
    if w.ndim != x.ndim:
        w = w.reshape([d if i in over else 1 for i, d in enumerate(x.dims)])
    w = w.broadcast(x.dims) if returned else w
    total = w.broadcast(x.dims).sum(over, keepdims=keep)
    mean = (x * w).sum(over, keepdims=keep) / total
    return (mean, total) if returned else mean


@handles("argsort")
def _argsort(
    t: Tracer, a: Any, axis: Any = -1, kind: Any = None, stable: Any = None
) -> Node:
    node = t.node(a)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    return t.graph.apply("argsort", node, axis=one_axis(axis, node.ndim))


@handles("argpartition")
def _argpartition(t: Tracer, a: Any, kth: Any, axis: Any = -1) -> Node:
    node = t.node(a)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    return t.graph.apply(
        "argpartition", node, kth=t.dim(kth), axis=one_axis(axis, node.ndim)
    )


@handles("partition")
def _partition(t: Tracer, a: Any, kth: Any, axis: Any = -1) -> Node:
    node = t.node(a)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    axis = one_axis(axis, node.ndim)
    order = t.graph.apply("argpartition", node, kth=t.dim(kth), axis=axis)
    return t.graph.apply("take_along_axis", node, order, axis=axis)


@handles("sort")
def _sort(
    t: Tracer, a: Any, axis: Any = -1, kind: Any = None, stable: Any = None
) -> Node:
    node = t.node(a)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    axis = one_axis(axis, node.ndim)
    order = t.graph.apply("argsort", node, axis=axis)
    if node.ndim == 1:
        return t.graph.apply("getitem", node, order, key=(("array", 0),))
    return t.graph.apply("take_along_axis", node, order, axis=axis)


def _quantile(t: Tracer, a: Any, q: Any, axis: Any, keepdims: Any) -> Node:
    """Linear interpolation between the two nearest entries in order."""
    x = t.node(a)
    if axis is None:
        flat = x.reshape((product(x.dims),))
        result = _quantile(t, flat, q, 0, False)
        return result.expand(range(x.ndim)) if keepdims else result
    at = one_axis(axis, x.ndim)
    ordered = _sort(t, x, at)
    n = t.graph.fix(x.dims[at])
    where = q * (n - 1)
    low = math.floor(where)
    share = where - low

    def take(i: int) -> Node:
        key = (*((("slice", None, None, None),) * at), ("int", i))
        return t.graph.apply("getitem", ordered, key=key)

    made = take(low)
    if share:
        made = made * (1 - share) + take(low + 1) * share
    return made.expand([at]) if keepdims else made


@handles("median")
def _median(t: Tracer, a: Any, axis: Any = None, keepdims: bool = False) -> Node:
    x = t.node(a)
    if axis is None:
        flat = _median(t, x.reshape((product(x.dims),)), 0)
        return flat.expand(range(x.ndim)) if keepdims else flat
    at = one_axis(axis, x.ndim)
    ordered, n = _sort(t, x, at), x.dims[at]

    def take(i: Dim) -> Node:
        key = (*((("slice", None, None, None),) * at), ("int", i))
        return t.graph.apply("getitem", ordered, key=key)

    node = (take(floordiv(n - 1, 2)) + take(floordiv(n, 2))) * 0.5
    return node.expand([at]) if keepdims else node


def _quantiles(t: Tracer, a: Any, q: Any, axis: Any, keepdims: Any, scale: float,
               method: str) -> Node:  # fmt: skip
    if t.touched(q) or method != "linear":
        t.refuse("this quantile is not followed", "Use a fixed q and method='linear'")
    if np.ndim(q) == 0:
        return _quantile(t, a, float(q) / scale, axis, keepdims)
    parts = [_quantile(t, a, float(p) / scale, axis, keepdims) for p in q]
    return t.graph.apply("stack", *parts, axis=0)


@handles("percentile")
def _percentile(t: Tracer, a: Any, q: Any, axis: Any = None, method: str = "linear",
                keepdims: bool = False) -> Node:  # fmt: skip
    return _quantiles(t, a, t.plain(q), axis, keepdims, 100.0, method)


@handles("quantile")
def _quantile_at(t: Tracer, a: Any, q: Any, axis: Any = None, method: str = "linear",
                 keepdims: bool = False) -> Node:  # fmt: skip
    return _quantiles(t, a, t.plain(q), axis, keepdims, 1.0, method)


@handles("diff")
def _diff(t: Tracer, a: Any, n: int = 1, axis: int = -1, prepend: Any = _NONE,
          append: Any = _NONE) -> Node:  # fmt: skip
    node = t.node(a)
    at = one_axis(axis, node.ndim)

    def extra(value: Any) -> Node:
        piece = t.node(value)
        dims = tuple(1 if i == at else d for i, d in enumerate(node.dims))
        return piece if piece.ndim else piece.broadcast(dims)

    pieces = [node]
    if prepend is not _NONE:
        pieces.insert(0, extra(prepend))
    if append is not _NONE:
        pieces.append(extra(append))
    if len(pieces) > 1:
        pieces = [t.cast(p, node.dtype) if p.weak else p for p in pieces]
        node = t.graph.apply("concatenate", *pieces, axis=at)
    before = (("slice", None, None, None),) * at
    for _ in range(n):
        later = t.graph.apply("getitem", node, key=(*before, ("slice", 1, None, None)))
        earlier = t.graph.apply(
            "getitem", node, key=(*before, ("slice", None, -1, None))
        )
        name = "ne" if node.dtype.kind == "b" else "sub"
        node = t.graph.apply(name, later, earlier)
    return node


@handles("ediff1d")
def _ediff1d(t: Tracer, ary: Any) -> Node:
    node = t.node(ary)
    return _diff(t, node.reshape((product(node.dims),)))
