"""Sums along axes: what passes through them, and which of them are known.

A factor that is constant along the axes comes out of the sum; softmax and one-hot rows
sum to one, what lies around its mean sums to zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from clearprop.gradient.factors import (
    constant,
    is_scattered,
    mapped,
    with_axis,
    without,
)
from clearprop.gradient.match import one_of_each, reduction_of
from clearprop.gradient.terms import ZERO, Product, Total, number
from clearprop.graph import Node, product
from clearprop.ops.elementwise import number_of

if TYPE_CHECKING:
    from clearprop.gradient.linear import Reader

Read = Product | None  # None: too long for one expression


def split(view: Product, pulled: Callable[..., bool]) -> tuple[Product, Product]:
    outside = {f: n for f, n in view.powers.items() if pulled(f)}
    inside = {f: n for f, n in view.powers.items() if f not in outside}
    return Product(view.coefficient, outside), Product(1, inside)


def read_sum(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    (x,) = node.inputs
    if not views[0].coefficient:
        return ZERO
    found = _known_sum(r, views[0], node)
    if found is not None:
        return found
    scale, rest = split(views[0], lambda f: constant(f, x.ndim, node.params["axis"]))
    if rest.total is not None:
        return _sum_of_terms(r, scale, rest.total, node)
    inner = r.finish(x)
    if scale.powers or scale.coefficient != 1:
        inner = r.builder.build(rest, x.dims, x)
    total = r.builder.atom(x.graph.apply("sum", inner, **node.params))
    return _reduced(r, scale, node).times(total)


def _sum_of_terms(r: Reader, scale: Product, total: Total, node: Node) -> Read:
    """The known part apart, and the sum of the rest."""
    (x,) = node.inputs
    parts = [_known_sum(r, term, node) for term in total.terms]
    known = [t for part in parts if part is not None for t in part.terms()]
    inner = r.finish(x)
    if known or scale.powers or scale.coefficient != 1:
        unknown = (t for t, p in zip(total.terms, parts, strict=True) if p is None)
        left = r.book.sum(unknown)
        assert left is not None
        inner = r.builder.build(left, x.dims, x)
    rest = r.builder.atom(x.graph.apply("sum", inner, **node.params))
    made = r.book.sum([*known, rest])
    return None if made is None else _reduced(r, scale, node).times(made)


def _known_sum_of_terms(r: Reader, scale: Product, total: Total, node: Node) -> Read:
    """Sums that are known one by one, or that cancel: what lies around its mean."""
    parts = [_known_sum(r, term, node) for term in total.terms]
    known = [t for part in parts if part is not None for t in part.terms()]
    if not known:
        return None
    alone = [
        _sum_alone(r, term, node)
        for term, part in zip(total.terms, parts, strict=True)
        if part is None
    ]
    made = r.book.sum([*known, *alone])
    if made is None or set(made.nodes()) & {f for a in alone for f in a.nodes()}:
        return None
    return _reduced(r, scale, node).times(made)


def _sum_alone(r: Reader, term: Product, node: Node) -> Product:
    (x,) = node.inputs
    scale, rest = split(term, lambda f: constant(f, x.ndim, node.params["axis"]))
    total = x.graph.apply("sum", r.builder.build(rest, x.dims, x), **node.params)
    return _reduced(r, scale, node).times(r.builder.atom(total))


def _reduced(r: Reader, scale: Product, node: Node) -> Product:
    """Factors that are constant along the summed axes, for the result's dims."""
    if node.params["keepdims"]:
        return scale
    ndim, axis = node.inputs[0].ndim, node.params["axis"]
    return mapped(scale, lambda n: without(n, ndim, axis), r.book)


def _known_sum(r: Reader, view: Product, node: Node) -> Product | None:
    """The sum along the node's axes, where it takes no summing."""
    x, axis = node.inputs[0], node.params["axis"]
    scale, rest = split(view, lambda f: constant(f, x.ndim, axis))
    known: Product | None = None
    if not rest.powers:
        size = x.graph.number(product(x.dims[a] for a in axis))
        size_known = number_of(size)
        known = r.builder.atom(size) if size_known is None else number(size_known)
    elif rest.total is not None:
        return _known_sum_of_terms(r, scale, rest.total, node)
    elif len(rest.powers) == 1:
        ((factor, power),) = rest.powers.items()
        if isinstance(factor, Node) and power == 1:
            known = _sum_of_value(r, factor, node)
    return None if known is None else _reduced(r, scale, node).times(known)


def _sum_of_value(r: Reader, x: Node, node: Node) -> Read:
    """Rows whose sum is known: softmax, one-hot rows, what the caller knows."""
    missing = node.inputs[0].ndim - x.ndim
    axis = tuple(a - missing for a in node.params["axis"])
    if min(axis) < 0:
        return None
    if x.op.name == "softmax" and x.params["axis"] == axis:
        return number(1)
    if _is_centred(r, x, axis):
        return ZERO
    if is_scattered(x):
        return _sum_of_scattered(r, x, node, axis)
    if _is_onehot(x, axis):
        return number(1)
    known = r.sums_to(x, axis) if r.sums_to is not None else None
    return None if known is None else number(known)


def _sum_of_scattered(r: Reader, x: Node, node: Node, axis: tuple[int, ...]) -> Read:
    zeros, value, *arrays = x.inputs
    key = x.params["key"]
    single = len(key) == len(axis) == x.ndim and not any(n.ndim for n in arrays)
    alone = single and all(item[0] in ("int", "array") for item in key)
    if not alone and (len(axis) != 1 or not one_of_each(zeros, arrays, key, axis[0])):
        return None
    if r.is_number(value):
        return number(float(number_of(value)))
    if alone:
        return None
    if node.params["keepdims"]:
        value = with_axis(value, x.ndim, axis[0])
    return r.builder.atom(value)


def _is_centred(r: Reader, x: Node, axis: tuple[int, ...]) -> bool:
    """Whether this is ``a - a.mean(axis)``, however the mean is taken."""
    if x.op.name != "sub":
        return False
    a, b = x.inputs
    mean = r.view(b)
    size = r.view(x.graph.number(product(a.dims[i] for i in axis)))
    whole = mean.times(size)
    if whole.coefficient != 1 or len(whole.powers) != 1:
        return False
    ((total, power),) = whole.powers.items()
    return (
        power == 1
        and isinstance(total, Node)
        and reduction_of(a, total.broadcast(a.dims), "sum") == axis
    )


def _is_onehot(x: Node, axis: tuple[int, ...]) -> bool:
    """``np.eye(C)[y]`` along its last axis, and zeros with ``[arange(N), y] = 1``."""
    if axis != (x.ndim - 1,) or len(x.inputs) < 2:
        return False
    if x.op.name == "getitem":
        eye, *arrays = x.inputs
        resolve = x.graph.resolve
        return (
            eye.op.name == "eye"
            and eye.params["k"] == 0
            and resolve(eye.params["rows"]) == resolve(eye.params["columns"])
            and x.params["key"] == (("array", 0),)
            and arrays[0].dtype.kind in "iu"
        )
    if x.op.name == "setitem":
        zeros, value, *arrays = x.inputs
        return (
            number_of(zeros) == 0
            and number_of(value) == 1
            and one_of_each(zeros, arrays, x.params["key"], axis[0])
        )
    return False


def read_mean(r: Reader, node: Node, plain: Node, views: Sequence[Product]) -> Read:
    """A sum over a count; that is also how it is most often written."""
    (x,) = node.inputs
    size = x.graph.number(product(x.dims[a] for a in node.params["axis"]))
    total = x.graph.apply("sum", x, **node.params)
    read = read_sum(r, total, total, views)
    return None if read is None else read.times(r.view(size).to_the(-1))
