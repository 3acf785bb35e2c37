"""Functions that join arrays, take them apart and pad them."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node, product
from clearprop.sizes import Dim, floordiv, remainder, smallest
from clearprop.trace.array import Traced
from clearprop.trace.functions import handles
from clearprop.trace.views import View, indexed

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

_FULL = ("slice", None, None, None)


def _nodes(t: Tracer, arrays: Any) -> list[Node]:
    """The arrays of a sequence, or the rows of one array."""
    return [t.node(a) for a in arrays]


def _join(t: Tracer, nodes: Sequence[Node], axis: int) -> Node:
    dtype = np.result_type(*(n.dtype for n in nodes))
    nodes = [t.cast(n, dtype) if n.weak or n.dtype != dtype else n for n in nodes]
    if len(nodes) == 1:
        return nodes[0]
    return t.graph.apply("concatenate", *nodes, axis=axis % nodes[0].ndim)


@handles("concatenate", "concat")
def _concatenate(t: Tracer, arrays: Any, axis: Any = 0, dtype: Any = None,
                 casting: str = "same_kind") -> Node:  # fmt: skip
    nodes = _nodes(t, arrays)
    if axis is None:
        nodes, axis = [n.reshape((product(n.dims),)) for n in nodes], 0
    return _join(t, nodes, operator.index(axis))


@handles("stack")
def _stack(t: Tracer, arrays: Any, axis: int = 0, dtype: Any = None,
           casting: str = "same_kind") -> Node:  # fmt: skip
    nodes = _nodes(t, arrays)
    kind = np.result_type(*(n.dtype for n in nodes))
    nodes = [t.cast(n, kind) if n.weak or n.dtype != kind else n for n in nodes]
    return t.graph.apply("stack", *nodes, axis=axis % (nodes[0].ndim + 1))


def _at_least(node: Node, count: int) -> Node:
    if node.ndim >= count:
        return node
    if count == 3:
        return node.expand({0: (0, 1, 2), 1: (0, 2), 2: (2,)}[node.ndim])
    return node.expand(range(count - node.ndim))


@handles("vstack", "row_stack")
def _vstack(t: Tracer, tup: Any, dtype: Any = None, casting: str = "same_kind") -> Node:
    return _join(t, [_at_least(n, 2) for n in _nodes(t, tup)], 0)


@handles("hstack")
def _hstack(t: Tracer, tup: Any, dtype: Any = None, casting: str = "same_kind") -> Node:
    nodes = [_at_least(n, 1) for n in _nodes(t, tup)]
    return _join(t, nodes, 0 if nodes[0].ndim == 1 else 1)


@handles("dstack")
def _dstack(t: Tracer, tup: Any) -> Node:
    return _join(t, [_at_least(n, 3) for n in _nodes(t, tup)], 2)


@handles("column_stack")
def _column_stack(t: Tracer, tup: Any) -> Node:
    nodes = [_at_least(n, 1) for n in _nodes(t, tup)]
    return _join(t, [n.expand([1]) if n.ndim == 1 else n for n in nodes], 1)


@handles("block")
def _block(t: Tracer, arrays: Any) -> Node:
    def depth(item: Any) -> int:
        return 1 + max(depth(i) for i in item) if type(item) is list else 0

    def leaves(item: Any) -> list[Node]:
        if type(item) is list:
            return [leaf for i in item for leaf in leaves(i)]
        return [t.node(item)]

    levels = depth(arrays)
    ndim = max(levels, *(n.ndim for n in leaves(arrays)))

    def build(item: Any, level: int) -> Node:
        if type(item) is not list:
            node = t.node(item)
            return node.expand(range(ndim - node.ndim))
        return _join(t, [build(i, level - 1) for i in item], ndim - level)

    return build(arrays, levels)


@handles("append")
def _append(t: Tracer, arr: Any, values: Any, axis: Any = None) -> Node:
    return _concatenate(t, [arr, values], axis)


def _taken(node: Node, axis: int, start: Any, stop: Any) -> Node:
    key = (*((_FULL,) * axis), ("slice", start, stop, None))
    return node.graph.apply("getitem", node, key=key)


@handles("insert")
def _insert(t: Tracer, arr: Any, obj: Any, values: Any, axis: Any = None) -> Node:
    node = t.node(arr)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    axis = operator.index(axis) % node.ndim
    if np.ndim(t.plain(obj)) != 0:
        t.refuse("np.insert at several places is not followed", "Use np.concatenate")
    at = t.dim(obj)
    piece = t.cast(t.node(values), node.dtype)
    if piece.ndim < node.ndim and piece.ndim:
        if piece.ndim == node.ndim - 1:
            piece = piece.expand([axis])
        if node.ndim == 1 and piece.ndim == 0:
            piece = piece.expand([0])
    dims = list(node.dims)
    dims[axis] = piece.dims[axis] if piece.ndim == node.ndim else 1
    piece = piece.broadcast(dims)
    parts = [_taken(node, axis, None, at), piece, _taken(node, axis, at, None)]
    parts = [p for p in parts if p.shape[axis]]
    return _join(t, parts, axis)


@handles("delete")
def _delete(t: Tracer, arr: Any, obj: Any, axis: Any = None) -> Node:
    node = t.node(arr)
    if axis is None:
        node, axis = node.reshape((product(node.dims),)), 0
    axis = operator.index(axis) % node.ndim
    if isinstance(obj, int) and not t.touched(obj):
        n: Dim = node.dims[axis]
        at = obj if obj >= 0 else n + obj
        parts = [
            _taken(node, axis, None, at),
            _taken(node, axis, at + 1, None),
        ]
        return _join(t, [p for p in parts if p.shape[axis]] or parts[:1], axis)
    count = t.graph.fix(node.dims[axis])
    if t.touched(obj) and t.depends(t.node(obj)):
        t.refuse("np.delete at places that depend on an input", "Use a fixed place")
    kept = np.delete(np.arange(count), t.plain(obj))
    key = (*((_FULL,) * axis), ("array", 0))
    return t.graph.apply("getitem", node, t.graph.constant(kept), key=key)


def _pieces(t: Tracer, ary: Any, sections: Any, axis: int, even: bool) -> list[View]:
    node = t.node(ary)
    axis = axis % node.ndim
    n: Dim = node.dims[axis]
    bounds: list[Any]
    if np.ndim(t.plain(sections)) == 0 and not isinstance(sections, list | tuple):
        count = t.graph.fix(t.dim(sections))
        if even and count:
            left = n % count
            if not isinstance(left, int):
                t.graph.tie(left, 0, checked=True)
            size = floordiv(n, count)
            bounds = [None, *(size * i for i in range(1, count)), None]
        else:
            each, extra = floordiv(n, count), remainder(n, count)
            starts = [each * i + smallest(extra, i) for i in range(1, count)]
            bounds = [None, *starts, None]
    else:
        places = list(sections) if not isinstance(sections, np.ndarray) else sections
        bounds = [None, *(t.dim(b) for b in places), None]
    views = []
    for start, stop in itertools.pairwise(bounds):
        key = (*((_FULL,) * axis), ("slice", start, stop, None))
        views.append(View(ary, (indexed([], {"key": key}),)))
    return views


@handles("split")
def _split(t: Tracer, ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    return _pieces(t, ary, indices_or_sections, axis, even=True)


@handles("array_split")
def _array_split(t: Tracer, ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    return _pieces(t, ary, indices_or_sections, axis, even=False)


@handles("vsplit")
def _vsplit(t: Tracer, ary: Any, indices_or_sections: Any) -> Any:
    return _pieces(t, ary, indices_or_sections, 0, even=True)


@handles("hsplit")
def _hsplit(t: Tracer, ary: Any, indices_or_sections: Any) -> Any:
    axis = 0 if t.node(ary).ndim == 1 else 1
    return _pieces(t, ary, indices_or_sections, axis, even=True)


@handles("dsplit")
def _dsplit(t: Tracer, ary: Any, indices_or_sections: Any) -> Any:
    return _pieces(t, ary, indices_or_sections, 2, even=True)


@handles("unstack", direct=True)
def _unstack(t: Tracer, x: Any, axis: int = 0) -> Any:
    moved = t.call(np.moveaxis, (x, axis, 0), {})
    return tuple(moved)


def _widths(t: Tracer, pad_width: Any, ndim: int) -> list[tuple[Dim, Dim]]:
    given = pad_width
    if type(given) is Traced or isinstance(given, np.ndarray):
        given = t.plain(given).tolist()
    if isinstance(given, dict):
        full = [(0, 0)] * ndim
        for axis, w in given.items():
            full[axis] = w if isinstance(w, tuple | list) else (w, w)
        given = full
    if not isinstance(given, list | tuple):
        width = t.dim(given)
        return [(width, width)] * ndim
    if not any(isinstance(w, list | tuple) for w in given):
        if len(given) == 1:
            given = (given[0], given[0])
        return [(t.dim(given[0]), t.dim(given[1]))] * ndim
    if len(given) == 1:
        given = list(given) * ndim
    pairs = [tuple(w) if len(w) == 2 else (w[0], w[0]) for w in given]
    return [(t.dim(a), t.dim(b)) for a, b in pairs]


@handles("pad")
def _pad(t: Tracer, array: Any, pad_width: Any, mode: Any = "constant",
         constant_values: Any = 0) -> Node:  # fmt: skip
    node = t.node(array)
    widths = _widths(t, pad_width, node.ndim)
    if mode == "constant":
        number = t.plain(constant_values)
        if np.ndim(number) and len(np.unique(number)) == 1:
            number = np.ravel(number)[0]  # (0, 0): the same on all sides
        if t.touched(constant_values) or np.ndim(number):
            t.refuse(
                "np.pad with several or traced constant values",
                "Pad with zeros, or use np.concatenate",
            )
        number = number.item() if isinstance(number, np.generic) else number
        return t.graph.apply("pad", node, widths=tuple(widths), value=number)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        t.refuse(f"np.pad with mode={mode!r} is not followed", "Use mode='constant'")
    for axis, (before, after) in enumerate(widths):
        if not int(before) and not int(after):
            continue
        n = node.dims[axis]
        if mode == "edge":
            place = t.graph.apply("arange", start=before * -1, stop=n + after, step=1)
            last = t.graph.number(n - 1)
            index = t.graph.apply("minimum", t.graph.apply("maximum", place, 0), last)
        elif mode == "wrap":
            place = t.graph.apply("arange", start=before * -1, stop=n + after, step=1)
            index = t.graph.apply("mod", place, t.graph.number(n))
        else:  # mirrored at both ends
            about = 1 if mode == "symmetric" else 0
            for width in (before, after):
                t.graph.require(n - 1 + about, ">=", width)
            place = t.graph.apply("arange", start=before * -1, stop=n + after, step=1)
            place = t.graph.apply("maximum", place, place * -1 - about)
            mirrored = t.graph.number(n * 2 - 2 + about) - place
            index = t.graph.apply("minimum", place, mirrored)
        key = (*((_FULL,) * axis), ("array", 0))
        node = t.graph.apply("getitem", node, index, key=key)
    return node


def concatenator(t: Tracer, owner: Any, key: Any) -> Any:
    """``np.r_[...]`` and ``np.c_[...]``."""
    items = list(key) if type(key) is tuple else [key]
    columns = type(owner).__name__ == "CClass"
    if not t.touched(items) and not any(isinstance(i, np.ndarray) for i in items):
        return t.lift(owner[key])
    if any(isinstance(i, str) for i in items):
        t.refuse("np.r_ with a directive is not followed", "Use np.concatenate")
    pieces = []
    for item in items:
        if type(item) is slice:
            if any(
                isinstance(t.plain(p), complex)
                for p in (item.start, item.stop, item.step)
            ):
                pieces.append(t.graph.constant(owner[item]))
                continue
            limits = (item.start or 0, item.stop, item.step or 1)
            node = t.node(t.call(np.arange, limits, {}))
        else:
            node = t.node(t.lift(item))
        if columns:
            node = node.expand([0, 1]) if not node.ndim else node
            node = node.expand([1]) if node.ndim == 1 else node
        elif not node.ndim:
            node = node.expand([0])
        pieces.append(node)
    plain = tuple(t.plain(t.lift(i)) for i in items)
    return t.wrap(_join(t, pieces, -1 if columns else 0), owner[plain])
