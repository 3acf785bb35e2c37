"""``scipy.signal``: convolutions and correlations over all axes at once."""

from __future__ import annotations

from string import ascii_letters
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node
from clearprop.sizes import floordiv
from clearprop.trace.functions import handles

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer


def slide(t: Tracer, a: Node, v: Node, mode: str, late: bool = False) -> Node:
    """Sums of products of ``v`` with every window of ``a``, along all axes.

    ``"same"`` is the part of ``"full"`` with ``a``'s shape that starts at entry
    ``(width - 1) // 2`` of each axis, or at ``width // 2`` where ``late``.
    """
    if mode != "valid":
        sides = []
        for width in v.dims:
            start = floordiv(width, 2) if late else floordiv(width - 1, 2)
            whole = (width - 1, width - 1)
            sides.append(whole if mode == "full" else (width - 1 - start, start))
        a = t.graph.apply("pad", a, widths=tuple(sides), value=0)
    axes = tuple(range(v.ndim))
    windows = t.graph.apply("sliding_window_view", a, window=v.dims, axis=axes)
    if v.ndim == 1:
        return t.graph.apply("matmul", windows, v)
    out, over = ascii_letters[: v.ndim], ascii_letters[v.ndim : 2 * v.ndim]
    subscripts = f"{out}{over},{over}->{out}"
    return t.graph.apply("einsum", windows, v, subscripts=subscripts)


def pair(t: Tracer, a: Any, v: Any) -> tuple[Node, Node]:
    """Both arrays as nodes of one type of number, as a product of them has."""
    x, kernel = t.node(a), t.node(v)
    dtype = np.result_type(x.dtype, kernel.dtype)
    return t.cast(x, dtype), t.cast(kernel, dtype)


def turned(t: Tracer, v: Node) -> Node:
    """An array back to front along all axes."""
    return t.graph.apply("flip", v, axis=tuple(range(v.ndim)))


def _moves(t: Tracer, a: Node, v: Node, mode: str) -> bool:
    """Whether ``v`` moves over ``a`` (False: the reverse, it is the larger)."""
    if mode != "valid":
        return True
    forward = all(m >= n for m, n in zip(a.shape, v.shape))
    large, small = (a, v) if forward else (v, a)
    for m, n in zip(large.dims, small.dims):
        t.graph.require(m, ">=", n)
    return forward


def _filled(t: Tracer, name: str, boundary: Any, fillvalue: Any) -> None:
    if boundary != "fill" or t.plain(fillvalue) != 0:
        t.refuse(
            f"{name} with boundary={boundary!r}, fillvalue={fillvalue!r} is not "
            "followed",
            'Pad with np.pad first, and use mode="valid"',
        )


def _convolved(t: Tracer, in1: Any, in2: Any, mode: str) -> Node:
    x, kernel = pair(t, in1, in2)
    if not _moves(t, x, kernel, mode):
        x, kernel = kernel, x
    return slide(t, x, turned(t, kernel), mode)


def _correlated(t: Tracer, in1: Any, in2: Any, mode: str, late: bool = False) -> Node:
    x, kernel = pair(t, in1, in2)
    if not _moves(t, x, kernel, mode):
        return turned(t, slide(t, kernel, x, mode))
    return slide(t, x, kernel, mode, late)


@handles("scipy.convolve2d")
def _convolve2d(t: Tracer, in1: Any, in2: Any, mode: str = "full",
                boundary: Any = "fill", fillvalue: Any = 0) -> Node:  # fmt: skip
    _filled(t, "convolve2d", boundary, fillvalue)
    return _convolved(t, in1, in2, mode)


@handles("scipy.correlate2d")
def _correlate2d(t: Tracer, in1: Any, in2: Any, mode: str = "full",
                 boundary: Any = "fill", fillvalue: Any = 0) -> Node:  # fmt: skip
    _filled(t, "correlate2d", boundary, fillvalue)
    return _correlated(t, in1, in2, mode, late=True)


@handles("scipy.convolve")
def _convolve(
    t: Tracer, in1: Any, in2: Any, mode: str = "full", method: str = "auto"
) -> Node:
    return _convolved(t, in1, in2, mode)


@handles("scipy.correlate")
def _correlate(
    t: Tracer, in1: Any, in2: Any, mode: str = "full", method: str = "auto"
) -> Node:
    return _correlated(t, in1, in2, mode)


@handles("scipy.fftconvolve", "scipy.oaconvolve")
def _fftconvolve(
    t: Tracer, in1: Any, in2: Any, mode: str = "full", axes: Any = None
) -> Node:
    if axes is not None:
        t.refuse("fftconvolve along some axes is not followed", "Leave axes= out")
    return _convolved(t, in1, in2, mode)
