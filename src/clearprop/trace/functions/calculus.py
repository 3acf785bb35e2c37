"""Polynomials, differences, integrals, convolutions, statistics of two variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node
from clearprop.trace.functions import handles
from clearprop.trace.functions.reduce import one_axis
from clearprop.trace.functions.signal import pair, slide, turned

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

_FULL = ("slice", None, None, None)


def _cut(node: Node, axis: int, start: Any, stop: Any) -> Node:
    key = (*((_FULL,) * axis), ("slice", start, stop, None))
    return node.graph.apply("getitem", node, key=key)


@handles("polyval")
def _polyval(t: Tracer, p: Any, x: Any) -> Node:
    coefficients = t.node(p)
    x = t.node(x)
    result: Node | None = None
    for i in range(t.graph.fix(coefficients.dims[0])):
        c = t.graph.apply("getitem", coefficients, key=(("int", i),))
        result = c if result is None else result * x + c
    assert result is not None
    return result.broadcast(x.dims)


@handles("trapz", "trapezoid")
def _trapezoid(t: Tracer, y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Node:
    node = t.node(y)
    at = one_axis(axis, node.ndim)
    if x is None:
        step = t.node(dx)
    else:
        place = t.node(x)
        along = at if place.ndim == node.ndim else 0
        step = _cut(place, along, 1, None) - _cut(place, along, None, -1)
        if place.ndim == 1:
            step = step.reshape(
                [step.dims[0] if i == at else 1 for i in range(node.ndim)]
            )
    pairs = _cut(node, at, 1, None) + _cut(node, at, None, -1)
    return (step * pairs / 2.0).sum((at,))


@handles("gradient")
def _gradient(
    t: Tracer, f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1
) -> Any:
    node = t.node(f)
    axes = (
        range(node.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    )
    over = [one_axis(a, node.ndim) for a in axes]
    steps = list(varargs) or [1.0]
    steps = steps * len(over) if len(steps) == 1 else steps
    if edge_order != 1 or any(np.ndim(t.plain(s)) for s in steps):
        t.refuse(
            "np.gradient with uneven spacing or edge_order=2", "Write the differences"
        )
    made = []
    for at, step in zip(over, steps):
        h = t.node(step)
        first = (_cut(node, at, 1, 2) - _cut(node, at, 0, 1)) / h
        middle = (_cut(node, at, 2, None) - _cut(node, at, None, -2)) / (2.0 * h)
        last = (_cut(node, at, -1, None) - _cut(node, at, -2, -1)) / h
        made.append(t.graph.apply("concatenate", first, middle, last, axis=at))
    return made[0] if len(made) == 1 else made


def _modes(mode: Any) -> str:
    return str({0: "valid", 1: "same", 2: "full"}.get(mode, mode))


@handles("convolve")
def _convolve(t: Tracer, a: Any, v: Any, mode: Any = "full") -> Node:
    x, kernel = pair(t, a, v)
    if kernel.shape[0] > x.shape[0]:
        x, kernel = kernel, x
    t.graph.require(x.dims[0], ">=", kernel.dims[0])
    return slide(t, x, turned(t, kernel), _modes(mode))


@handles("correlate")
def _correlate(t: Tracer, a: Any, v: Any, mode: Any = "valid") -> Node:
    x, kernel = pair(t, a, v)
    t.graph.require(x.dims[0], ">=", kernel.dims[0])
    if kernel.shape[0] > x.shape[0]:
        t.refuse(
            "np.correlate with the longer array second",
            "Swap them, and flip the result",
        )
    return slide(t, x, kernel, _modes(mode))


@handles("cov")
def _cov(t: Tracer, m: Any, y: Any = None, rowvar: bool = True, bias: bool = False,
         ddof: Any = None) -> Node:  # fmt: skip
    x = t.node(m)
    if y is not None:
        t.refuse("np.cov of two arrays is not followed", "Stack them with np.vstack")
    single = x.ndim == 1
    x = x.expand([0]) if single else x
    if not rowvar and not single:
        x = x.T
    x = x - t.graph.apply("mean", x, axis=(1,), keepdims=True)
    less = (0 if bias else 1) if ddof is None else ddof
    count = t.graph.number(x.dims[1] - less)
    result = (x @ x.T) / count
    return result.reshape(()) if single or result.shape == (1, 1) else result


@handles("corrcoef")
def _corrcoef(t: Tracer, x: Any, y: Any = None, rowvar: bool = True) -> Node:
    if y is not None:
        x = t.graph.apply("stack", t.node(x), t.node(y), axis=0)
    c = _cov(t, x, None, rowvar)
    row = t.graph.apply("arange", start=0, stop=c.dims[0], step=1)
    key = (("array", 0), ("array", 1))
    d = t.graph.apply("sqrt", t.graph.apply("getitem", c, row, row, key=key))
    return c / d.expand([1]) / d


@handles("interp")
def _interp(t: Tracer, x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None,
            period: Any = None) -> Node:  # fmt: skip
    if left is not None or right is not None or period is not None:
        t.refuse(
            "np.interp with left, right or period is not followed", "Leave them out"
        )
    at, places, values = t.node(x), t.node(xp), t.node(fp)
    apply = t.graph.apply
    first = apply("getitem", places, key=(("int", 0),))
    last = apply("getitem", places, key=(("int", -1),))
    at = apply("clip", at, first, last)
    below = (places <= at.expand([at.ndim])).sum((at.ndim,))
    top = t.graph.number(places.dims[0] - 2)
    low = apply("minimum", apply("maximum", below - 1, 0), top)

    def take(node: Node, index: Node) -> Node:
        return apply("getitem", node, index, key=(("array", 0),))

    x0, x1 = take(places, low), take(places, low + 1)
    y0, y1 = take(values, low), take(values, low + 1)
    return y0 + (at - x0) * ((y1 - y0) / (x1 - x0))


@handles("round", "around", "round_")
def _round(t: Tracer, a: Any, decimals: Any = 0) -> Node:
    node = t.node(a)
    if not node.is_float:
        return node
    places = int(t.plain(decimals))
    if not places:
        return t.graph.apply("rint", node)
    scale = 10.0**places
    return t.graph.apply("rint", node * scale) / scale


@handles("fix")
def _fix(t: Tracer, x: Any) -> Node:
    return t.graph.apply("trunc", t.node(x))


@handles("sinc")
def _sinc(t: Tracer, x: Any) -> Node:
    node = t.node(x)
    apply = t.graph.apply
    angle = np.pi * apply("where", node.equals(0), 1.0, node)
    return apply("where", node.equals(0), 1.0, apply("sin", angle) / angle)
