"""Operations that only move entries, in the small language of ``values``.

What comes in is a node with its inputs' values and its shape, what goes out its value:
a view where nothing has to be moved, otherwise pieces that are put together. ``SHAPED``
is the table of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node
from clearprop.training.native.values import Along, Shape, Value, along

if TYPE_CHECKING:
    from clearprop.training.native.lowered import Lowered


def _broadcast(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    return to.values.spread(inputs[0], shape)


def _transpose(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    order = node.params["axes"]
    axes = [along(order.index(i)) for i in range(len(order))]
    return to.values.view(inputs[0], shape, axes)


def _reshape(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    return to.values.reshaped(inputs[0], shape)


def _flip(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    (x,) = inputs
    axes = [
        along(i, n - 1, -1) if i in node.params["axis"] else along(i)
        for i, n in enumerate(shape)
    ]
    return to.values.view(x, shape, axes)


def _joined(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    axis = node.params["axis"]
    pieces = []
    at = 0
    stacked = node.op.name == "stack"
    inputs = [to.values.cast(v, node.dtype) for v in inputs]
    for v in inputs:
        pieces.append(("along", axis, at, stacked))
        at += 1 if stacked else v.shape[axis]
    return to.values.make("assemble", inputs, shape, node.dtype, pieces=tuple(pieces))


def _counted(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    start, step = (to.size(node.params[k]) for k in ("start", "step"))
    return to.values.make("counted", (), shape, node.dtype, start=start, step=step)


def _eye(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    return to.values.make("eye", (), shape, node.dtype, k=to.size(node.params["k"]))


def _pad(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    (x,) = inputs
    value = np.asarray(node.params["value"], node.dtype).item()
    around = to.values.spread(to.values.number(value, node.dtype), shape)
    key = tuple(
        ("slice", to.size(before), 1, n)
        for (before, _), n in zip(node.params["widths"], x.shape)
    )
    piece = ("at", key, False)
    return to.values.make("assemble", (around, x), shape, node.dtype, pieces=(piece,))


def _roll(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    (x,) = inputs
    for shift, axis in zip(node.params["shift"], node.params["axis"]):
        first = to.size(shift) % shape[axis]  # so many come from the end
        rest = shape[axis] - first
        cuts = [(0, rest, first), (first, 0, rest)] if first else [(0, 0, rest)]
        parts = [_cut(to, x, axis, start, n) for _, start, n in cuts]
        pieces = tuple(("along", axis, place, False) for place, _, _ in cuts)
        x = to.values.make("assemble", parts, shape, node.dtype, pieces=pieces)
    return x


def _cut(to: Lowered, x: Value, axis: int, start: int, n: int) -> Value:
    """So many entries of an axis."""
    shape = (*x.shape[:axis], n, *x.shape[axis + 1 :])
    axes = [along(i, start * (i == axis)) for i in range(len(shape))]
    return to.values.view(x, shape, axes)


def _repeat(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    """Each entry of an axis several times, or (tile) the whole axis."""
    (x,) = inputs
    apart: list[int] = []
    axes: list[Along] = []
    for n, longer in zip(x.shape, shape):
        tiled = node.op.name == "tile"
        axes.append(along(len(apart) + tiled))
        apart += (longer // n, n) if tiled else (n, longer // n)
    return to.values.reshaped(to.values.view(x, tuple(apart), axes), shape)


def _triangle(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    """Zero above the k-th diagonal, or (triu) below it."""
    (x,), k = inputs, to.size(node.params["k"])
    count = np.dtype(np.int64)
    row = to.values.make("counted", (), shape[-2:-1], count, start=k, step=1)
    column = to.values.make("counted", (), shape[-1:], count, start=0, step=1)
    row = to.values.reshaped(row, (*shape[-2:-1], 1))
    name = "ge" if node.op.name == "tril" else "le"
    kept = to.values.map(name, [row, column], np.dtype(bool), count)
    zero = to.values.number(0, node.dtype)
    return to.values.map("where", [kept, x, zero], node.dtype, node.dtype)


def _windows(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    (x,) = inputs
    return to.values.view(x, shape, _sliding(node, x.shape))


def _add_windows(to: Lowered, node: Node, inputs: list[Value], shape: Shape) -> Value:
    x, g = inputs
    g = to.values.cast(g, node.dtype)
    piece = ("windows", tuple(_sliding(node, shape)))
    return to.values.make("assemble", (x, g), shape, node.dtype, pieces=(piece,))


def _sliding(node: Node, shape: Shape) -> list[Along]:
    """How windows read what they slide over; theirs are the last axes."""
    axes = [along(i) for i in range(len(shape))]
    for offset, axis in enumerate(node.params["axis"], len(shape)):
        axes[axis] = Along(0, (*axes[axis].by, (offset, 1)))
    return axes


SHAPED: dict[str, Any] = {
    "broadcast": _broadcast,
    "transpose": _transpose,
    "reshape": _reshape,
    "concatenate": _joined,
    "stack": _joined,
    "arange": _counted,
    "eye": _eye,
    "flip": _flip,
    "pad": _pad,
    "roll": _roll,
    "repeat": _repeat,
    "tile": _repeat,
    "triu": _triangle,
    "tril": _triangle,
    "sliding_window_view": _windows,
    "add_windows": _add_windows,
}

__all__ = ["SHAPED"]
