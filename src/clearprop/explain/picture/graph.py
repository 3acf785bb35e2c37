"""The graph: a box for each value, its number above, its gradient below.

What the user named stays; unnamed values are merged into what uses them where there are
too many for a page.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.explain.context import Context
from clearprop.explain.numbers import short
from clearprop.explain.picture.layout import layered
from clearprop.explain.picture.svg import Drawing, cut, width_of
from clearprop.graph import Node
from clearprop.ops.elementwise import number_of
from clearprop.write.reading import Reading

MOST = 60  # boxes
GAP, REACH, MARGIN = 16.0, 46.0, 22.0
LINE = 15.0  # the height of a line of text in a box
NARROW, WIDE = 76.0, 176.0  # the width of a box

# What only stretches or retypes a value gets no box of its own.
_HIDDEN = ("broadcast", "astype", "const", "size", "eye", "arange")
_SIGNS = {
    "add": "+", "sub": "−", "mul": "×", "div": "÷", "matmul": "@", "neg": "−",
    "pow": "**",
    "gt": ">", "lt": "<", "ge": "≥", "le": "≤", "eq": "=", "ne": "≠",
}  # fmt: skip


def graph_svg(context: Context) -> str:
    """The picture."""
    reading = context.reading
    nodes, sources, hidden = _chosen(reading)
    gradients = context.run.gradients
    texts = {n: _lines(context, n, gradients) for n in nodes}
    heights = {n: len(lines) * LINE + 10 for n, lines in texts.items()}
    widths = {n: _width(lines) for n, lines in texts.items()}
    layout = layered(nodes, sources, heights, GAP)
    x, lefts = MARGIN, []
    column_width = []
    for column in layout.columns:
        widest = max((widths[n] for n in column if n in widths), default=20.0)
        lefts.append(x)
        column_width.append(widest)
        x += widest + REACH
    place: dict[Any, tuple[float, float, float]] = {}  # left, right, middle
    for i, column in enumerate(layout.columns):
        for item in column:
            width = widths.get(item, column_width[i])
            left = lefts[i] + (column_width[i] - width) / 2
            place[item] = (left, left + width, layout.y[item] + MARGIN)
    drawing = Drawing(f"the graph of {reading.program.request.forward_name}")
    for (_, target), way in layout.ways.items():
        points = []
        for item in way:
            left, right, y = place[item]
            ends = [(left, y), (right, y)]
            if item is way[0]:
                ends = ends[1:]
            if item is target:
                ends = [(left - 7, y)]
            points += ends
        drawing.curve(points, "line")
        drawing.arrow(*_tip(place[target]))
    for node, lines in texts.items():
        _draw_box(drawing, node in reading.names, lines, place[node], heights[node])
    height = max(
        (y + heights.get(i, 0) / 2 for i, (_, _, y) in place.items()), default=0
    )
    legend = "in each box: the value, and below it ∂ = ∂L/∂(value)"
    if hidden:
        legend += f"; {hidden} unnamed values are not drawn"
    drawing.text(MARGIN, height + MARGIN + 10, legend, "small faint", "start")
    width = max(x - REACH + MARGIN, width_of(legend, 10.5) + 2 * MARGIN)
    return drawing.svg(width, height + MARGIN + 24)


def _tip(place: tuple[float, float, float]) -> tuple[float, float]:
    return place[0], place[2]


# -- which values ----------------------------------------------------------------------


def _chosen(reading: Reading) -> tuple[list[Node], dict[Node, list[Node]], int]:
    """The values that get a box, what each is computed from, and how many get none."""
    all_nodes = [n for n in reading.forward if n.op.name not in _HIDDEN]
    keep = [n for n in all_nodes if not _idle(reading, n)]
    if len(keep) > MOST:
        keep = [n for n in keep if n in reading.names or n is reading.loss]
    if len(keep) > MOST:  # the beginning and the end; what lies between is left out
        keep = keep[: MOST // 2] + keep[-(MOST - MOST // 2) :]
    chosen = set(keep)
    above: dict[Node, list[Node]] = {}  # what stands for a value that gets no box
    for node in reading.forward:
        if node in chosen:
            above[node] = [node]
        else:
            found = [m for n in node.inputs for m in above.get(n, [])]
            above[node] = list(dict.fromkeys(found))[:8]
    sources = {
        n: list(dict.fromkeys(m for i in n.inputs for m in above.get(i, [])))
        for n in keep
    }
    return keep, sources, len(all_nodes) - len(keep)


def _idle(reading: Reading, node: Node) -> bool:
    """Whether a value is another one with axes of size 1, and has no name."""
    if node in reading.names or node.op.name != "reshape":
        return False
    size = [d for d in node.dims if d != 1]
    return size == [d for d in node.inputs[0].dims if d != 1]


# -- what a box says -------------------------------------------------------------------


def _lines(
    context: Context, node: Node, gradients: dict[Node, Any]
) -> list[tuple[str, str]]:
    """The lines of a box with their styles: name, operation, value, gradient."""
    reading = context.reading
    lines = []
    name = reading.names.get(node) or ("L" if node is reading.loss else "")
    if name:
        lines.append((cut(name, WIDE - 14), "title"))
    if node not in reading.leaves:
        style = "small faint" if name else ""
        lines.append((cut(_operation(node), WIDE - 14), style))
    value = context.run.values.get(node)
    if value is not None:
        lines.append((_figures(value), "number"))
    if node in gradients:
        found = np.asarray(gradients[node])
        sign = "" if found.size != 1 else _sign(float(found.reshape(())))
        lines.append((f"∂ {_figures(found)}", f"number {sign or 'faint'}"))
    return lines


def _operation(node: Node) -> str:
    """The operation, with the number in it if it has one: ``1 −``, ``** 2``."""
    sign = _SIGNS.get(node.op.name)
    if sign is None:
        return node.op.name
    if len(node.inputs) == 2:
        left, right = (number_of(n) for n in node.inputs)
        if left is not None:
            return f"{short(left)} {sign}"
        if right is not None:
            return f"{sign} {short(right)}"
    return sign


def _figures(value: Any) -> str:
    """A value in one short line."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        return str(array.shape)
    if not array.size:
        return f"empty {array.shape}"
    if array.size == 1:
        return short(array.reshape(())[()], 4)
    if array.ndim == 1 and array.size <= 3:
        return f"[{'  '.join(short(v) for v in array)}]"
    shape = "×".join(map(str, array.shape))
    size = float(np.sqrt(np.mean(np.square(array, dtype=np.float64))))
    return f"{shape}, rms {short(size)}"


def _sign(value: float) -> str:
    return "plus" if value > 0 else "minus" if value < 0 else "faint"


def _width(lines: list[tuple[str, str]]) -> float:
    widest = max(
        (width_of(t, 11 if "number" in s else 13, "number" in s) for t, s in lines),
        default=0.0,
    )
    return max(NARROW, min(widest + 16, WIDE + 30))


def _draw_box(
    drawing: Drawing,
    named: bool,
    lines: list[tuple[str, str]],
    place: tuple[float, float, float],
    height: float,
) -> None:
    left, right, y = place
    style = "box named" if named else "box"
    drawing.box(left, y - height / 2, right - left, height, style)
    at = y - height / 2 + 5 + LINE * 0.76
    for text, style in lines:
        drawing.text((left + right) / 2, at, text, style)
        at += LINE
