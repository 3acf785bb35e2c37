"""Operations that run along axes: sums, means, extremes, products, cumulations.

``axis`` is always a sorted tuple of non-negative numbers. Policy at a tie of ``max`` or
``min`` along an axis: the tied entries share the gradient equally.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clearprop.graph import Graph, Node, Params, define, product
from clearprop.ops.index import along_gradient
from clearprop.ops.shape import inverse, slices
from clearprop.sizes import Dim


def reduced(
    graph: Graph, inputs: Sequence[Node], params: Params
) -> tuple[tuple[Dim, ...], np.dtype]:
    """Dims after a reduction over ``axis``; the dtype stays."""
    x, axis = inputs[0], params["axis"]
    if params["keepdims"]:
        dims: tuple[Dim, ...] = tuple(
            1 if i in axis else d for i, d in enumerate(x.dims)
        )
    else:
        dims = tuple(d for i, d in enumerate(x.dims) if i not in axis)
    return dims, x.dtype


def _total_dtype(x: Node) -> np.dtype:
    """What ``np.sum`` of this dtype gives: small integers grow."""
    if x.dtype.kind == "f":
        return x.dtype
    grown: np.dtype = np.sum(np.ones(1, x.dtype)).dtype
    return grown


def _sum_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    return reduced(graph, inputs, params)[0], _total_dtype(inputs[0])


def _mean_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    dims, dtype = reduced(graph, inputs, params)
    return dims, dtype if dtype.kind == "f" else np.dtype(np.float64)


def restore(g: Node, x: Node, axis: Sequence[int], keepdims: bool) -> Node:
    """A reduced value with its axes put back as size 1."""
    return g if keepdims else g.expand(axis)


def _spread(g: Node, x: Node, axis: Sequence[int], keepdims: bool) -> Node:
    return restore(g, x, axis, keepdims).broadcast(x.dims)


def _nothing_to_reduce(
    graph: Graph, inputs: Sequence[Node], params: Params
) -> Node | None:
    (x,) = inputs
    return x if not params["axis"] and x.is_float else None


def count(x: Node, axis: Sequence[int]) -> Node:
    """How many entries a reduction over these axes takes together."""
    return x.graph.number(product(x.dims[a] for a in axis))


def _axis(axis: tuple[int, ...]) -> Any:
    return axis[0] if len(axis) == 1 else axis


def _along(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axis, keepdims: function(x, axis=_axis(axis), keepdims=keepdims)


define(
    "sum", _along(np.sum),
    infer=_sum_infer, canonical=_nothing_to_reduce, moves=True,
    gradient=lambda g, y, x, axis, keepdims: _spread(g, x, axis, keepdims),
    says="a sum hands its gradient to every term",
)  # fmt: skip
define(
    "mean", _along(np.mean),
    infer=_mean_infer, canonical=_nothing_to_reduce,
    gradient=lambda g, y, x, axis, keepdims: _spread(
        g / count(x, axis), x, axis, keepdims
    ),
    says="a mean hands each of its n terms 1 / n of the gradient",
)  # fmt: skip


def _extreme_gradient(
    g: Node, y: Node, x: Node, axis: tuple[int, ...], keepdims: bool
) -> Node:
    chosen = x.equals(restore(y, x, axis, keepdims))
    if x.dtype != np.float64:  # a count is an int64, which would make a float64
        chosen = chosen.cast(x.dtype)
    return restore(g, x, axis, keepdims) * chosen / chosen.sum(axis, keepdims=True)


_EXTREMES: dict[str, Callable[..., Any]] = {"max": np.max, "min": np.min}
for _name, _value in _EXTREMES.items():
    define(
        _name, _along(_value),
        infer=reduced, gradient=_extreme_gradient, canonical=_nothing_to_reduce,
        says="only the winning entry receives the gradient; ties share it",
    )  # fmt: skip


def _prod_gradient(
    g: Node, y: Node, x: Node, axis: tuple[int, ...], keepdims: bool
) -> Node:
    return restore(g, x, axis, keepdims) * _product_of_others(x, axis)


def _product_of_others(x: Node, axis: tuple[int, ...]) -> Node:
    """For each entry, without dividing by one that may be zero."""
    if len(axis) == 1:
        behind = _flip(_product_before(_flip(x, axis[0]), axis[0]), axis[0])
        return _product_before(x, axis[0]) * behind
    rest = [i for i in range(x.ndim) if i not in axis]
    order = [*rest, *axis]
    moved = x.transpose(order)
    count = product(moved.dims[len(rest) :])
    flat = moved.reshape((*moved.dims[: len(rest)], count))
    others = _product_of_others(flat, (len(rest),))
    return others.reshape(moved.dims).transpose(inverse(order))


def _product_before(x: Node, axis: int) -> Node:
    """For each entry, the product of those before it."""
    apply = x.graph.apply
    widths = tuple((int(i == axis), 0) for i in range(x.ndim))
    products = apply("cumprod", apply("pad", x, widths=widths, value=1), axis=axis)
    return apply("getitem", products, key=slices(axis, None, -1))


def _flip(x: Node, axis: int) -> Node:
    return x.graph.apply("flip", x, axis=(axis,))


define(
    "prod", _along(np.prod),
    infer=_sum_infer, gradient=_prod_gradient, canonical=_nothing_to_reduce,
    says="each factor receives the gradient times the product of the others",
)  # fmt: skip


def _running(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    return inputs[0].dims, _total_dtype(inputs[0])


def _sum_from_here(g: Node, axis: int) -> Node:
    """The sum of each entry and those after it."""
    return _flip(g.graph.apply("cumsum", _flip(g, axis), axis=axis), axis)


def _cumprod_gradient(g: Node, y: Node, x: Node, axis: int) -> Node:
    # y[j] / x[i] where x[i] isn't 0. The first 0 of a row receives the products that
    # it made 0, and those after it nothing.
    apply = x.graph.apply
    zero = x.equals(0)
    factor = apply("where", zero, 1, x)
    first = apply("cumsum", zero, axis=axis).equals(1)
    without = apply("where", first, apply("cumprod", factor, axis=axis), 0)
    reached = apply("where", zero, _sum_from_here(g * without, axis),
                    _sum_from_here(g * y, axis))  # fmt: skip
    return reached / factor


define(
    "cumsum", lambda x, axis: np.cumsum(x, axis), infer=_running,
    gradient=lambda g, y, x, axis: _sum_from_here(g, axis),
    says="each term is in every later sum: the gradients are summed from the end",
)  # fmt: skip
define(
    "cumprod", lambda x, axis: np.cumprod(x, axis), infer=_running,
    gradient=_cumprod_gradient,
    says="each factor is in every later product: gradients are summed from the end",
)  # fmt: skip


def _reached_gradient(g: Node, y: Node, x: Node, axis: int) -> Any:
    """Each entry goes back to the one that was the extreme by then."""
    apply = x.graph.apply
    place = apply("arange", start=0, stop=x.dims[axis], step=1)
    place = place.expand([i for i in range(x.ndim) if i != axis])
    last = apply("cummax", apply("where", x.equals(y), place, 0), axis=axis)
    return along_gradient(g, y, x, last, axis)[0]


_SO_FAR: dict[str, np.ufunc] = {"cummax": np.maximum, "cummin": np.minimum}
for _name, _ufunc in _SO_FAR.items():
    define(
        _name, lambda x, axis, _ufunc=_ufunc: _ufunc.accumulate(x, axis),
        infer=lambda graph, inputs, params: (inputs[0].dims, inputs[0].dtype),
        gradient=_reached_gradient,
        says="the entry that was the extreme so far receives the gradient",
    )  # fmt: skip


def _index_infer(graph: Graph, inputs: Sequence[Node], params: Params) -> Any:
    return reduced(graph, inputs, params)[0], np.dtype(np.intp)


_POSITIONS: dict[str, Callable[..., Any]] = {"argmax": np.argmax, "argmin": np.argmin}
for _name, _value in _POSITIONS.items():
    define(
        _name, _along(_value),
        infer=_index_infer, gradient=lambda g, y, x, axis, keepdims: None,
        says="a position: no gradient passes",
    )  # fmt: skip
define(
    "argsort", lambda x, axis: np.argsort(x, axis=axis),
    infer=lambda graph, inputs, params: (inputs[0].dims, np.dtype(np.intp)),
    gradient=lambda g, y, x, axis: None, says="positions: no gradient passes",
)  # fmt: skip
define(
    "argpartition", lambda x, kth, axis: np.argpartition(x, kth, axis),
    infer=lambda graph, inputs, params: (inputs[0].dims, np.dtype(np.intp)),
    gradient=lambda g, y, x, kth, axis: None, says="positions: no gradient passes",
)  # fmt: skip
_TRUTHS: dict[str, Callable[..., Any]] = {"any": np.any, "all": np.all}
for _name, _value in _TRUTHS.items():
    define(
        _name, _along(_value),
        infer=lambda graph, inputs, params: (
            reduced(graph, inputs, params)[0], np.dtype(bool),
        ),
        gradient=lambda g, y, x, axis, keepdims: None,
        says="true or false: no gradient passes",
    )  # fmt: skip
