"""The network: a circle for each unit, a line for each weight.

Each unit has a small table at its left with one row for each weight that leads to it;
the lines end at their own row, so that no two numbers can ever lie on each other.
"""

from __future__ import annotations

import numpy as np

from clearprop.explain.context import Context
from clearprop.explain.numbers import scalar, short
from clearprop.explain.picture.columns import Column, columns_of, examples_of
from clearprop.explain.picture.svg import Drawing, cut, width_of

RADIUS = 35
ROW = 15  # the height of a row in a table
TABLE = 134  # its width
REACH = 130  # from a circle to the next table
MARGIN = 24
HEAD = 64  # room for titles


def network_svg(context: Context) -> str:
    """The picture, or an empty text where the program is no chain of dense layers."""
    columns = columns_of(context)
    if columns is None:
        return ""
    heights = [
        _column_height(c, before) for c, before in zip(columns, [None, *columns])
    ]
    height = max(heights)
    drawing = Drawing(f"the network of {context.reading.program.request.forward_name}")
    x = MARGIN + RADIUS + 0.0
    label = _label_width(columns[0])
    x += label
    before: dict[int | None, tuple[float, float]] = {}
    for i, column in enumerate(columns):
        if i:
            x += RADIUS + REACH + TABLE + 14 + RADIUS
        top = HEAD + (height - heights[i]) / 2
        previous = columns[i - 1] if i else None
        before = _draw_column(drawing, column, previous, before, x, top)
        _draw_title(drawing, column, x, bool(i), top)
    width = x + RADIUS + MARGIN
    return _captions(drawing, context, columns, width, HEAD + height)


def _captions(
    drawing: Drawing, context: Context, columns: list[Column], width: float, y: float
) -> str:
    lines = [f"L = {scalar(context.run.loss)}"]
    if context.rate is not None and any(c.steps is not None for c in columns):
        name, rate = context.rate
        lines[0] += f"   ·   Δw = −{name} × ∂L/∂w   ·   {name} = {scalar(rate)}"
    examples = examples_of(context)
    if examples > 1:
        lines.append(
            f"units show the first of {examples} examples, weights all of them"
        )
    lines.append(
        "blue is positive, orange negative; the thicker, the larger the weight"
    )
    width = max(width, *(width_of(line) + 2 * MARGIN for line in lines))
    for i, line in enumerate(lines):
        style = "" if i == 0 else "small faint"
        drawing.text(MARGIN, y + 26 + 17 * i, line, style, "start")
    return drawing.svg(width, y + 26 + 17 * len(lines))


def _rows(column: Column, before: Column) -> int:
    return len(before.shown) + (column.bias is not None)


def _unit_height(column: Column, before: Column | None) -> float:
    rows = _rows(column, before) * ROW + 8 if before is not None else 0
    return max(2 * RADIUS, rows) + 16


def _column_height(column: Column, before: Column | None) -> float:
    each = _unit_height(column, before)
    return sum(24 if unit is None else each for unit in column.shown)


def _label_width(column: Column) -> float:
    return width_of(_unit_label(column, len(column.values) - 1), 11) + 8


def _unit_label(column: Column, unit: int) -> str:
    name = cut(column.subtitle, 100, 11)
    if "{}" in name:
        return name.format(unit)
    return f"{name}[{unit}]" if len(column.values) > 1 else name


def _draw_title(
    drawing: Drawing, column: Column, x: float, has_table: bool, top: float
) -> None:
    drawing.text(x, top - 38, column.title, "title")
    if has_table:
        drawing.text(x, top - 23, column.subtitle, "small faint")


def _draw_column(
    drawing: Drawing,
    column: Column,
    before: Column | None,
    sources: dict[int | None, tuple[float, float]],
    x: float,
    top: float,
) -> dict[int | None, tuple[float, float]]:
    """Draw the units of a layer; gives the point at which lines leave each."""
    leave: dict[int | None, tuple[float, float]] = {}
    each = _unit_height(column, before)
    y = top
    first = True
    for unit in column.shown:
        if unit is None:
            drawing.text(x, y + 16, "⋮", "title faint")
            leave[None] = (x, y + 12)
            y += 24
            continue
        middle = y + each / 2
        if before is not None:
            _draw_table(drawing, column, before, sources, unit, x, middle, first)
        else:
            label = _unit_label(column, unit)
            drawing.text(x - RADIUS - 6, middle + 4, label, "small", "end")
        _draw_unit(drawing, column, unit, x, middle)
        leave[unit] = (x + RADIUS, middle)
        y += each
        first = False
    return leave


def _draw_unit(drawing: Drawing, column: Column, unit: int, x: float, y: float) -> None:
    drawing.circle(x, y, RADIUS, "unit")
    value = short(column.values[unit], 4)
    if column.terms is None:
        drawing.text(x, y + 4, value, "number")
        return
    drawing.text(x, y - 3, value, "number")
    term = float(column.terms[unit])
    drawing.text(x, y + 13, f"δ {short(term, 2)}", f"number small {_sign(term)}")


def _draw_table(
    drawing: Drawing,
    column: Column,
    before: Column,
    sources: dict[int | None, tuple[float, float]],
    unit: int,
    x: float,
    y: float,
    first: bool,
) -> None:
    """The weights that lead to a unit, and the lines that carry them."""
    assert column.weights is not None
    right = x - RADIUS - 14
    left = right - TABLE
    rows = _rows(column, before)
    top = y - rows * ROW / 2
    drawing.box(left, top - 3, TABLE, rows * ROW + 6, "box", 4)
    drawing.curve([(right, y), (x - RADIUS, y)], "line")
    drawing.arrow(x - RADIUS, y)
    if first:
        drawing.text(left + 60, top - 8, "w", "small faint", "end")
        if column.steps is not None:
            drawing.text(right - 6, top - 8, column.change, "small faint", "end")
    for i, source in enumerate(before.shown):
        middle = top + ROW * (i + 0.5)
        if source is None:
            drawing.text(left + TABLE / 2, middle + 3, "…", "small faint")
            continue
        weight = float(column.weights[source, unit])
        share = abs(weight) / column.largest if column.largest else 0.0
        thick = 0.8 + 3.2 * (share if np.isfinite(share) else 0)
        step = None if column.steps is None else float(column.steps[source, unit])
        hint = f"w = {scalar(weight)}" + ("" if step is None else f", {scalar(step)}")
        start = sources[source]
        drawing.curve([start, (left, middle)], f"{_sign(weight)}-line", thick, hint)
        _draw_row(drawing, left, right, middle, weight, step)
    if column.bias is not None:
        middle = top + ROW * (rows - 0.5)
        step = None if column.bias_steps is None else float(column.bias_steps[unit])
        drawing.text(left - 5, middle + 4, "b", "small faint", "end")
        _draw_row(drawing, left, right, middle, float(column.bias[unit]), step)


def _draw_row(
    drawing: Drawing,
    left: float,
    right: float,
    y: float,
    weight: float,
    step: float | None,
) -> None:
    drawing.text(left + 60, y + 4, short(weight), f"number {_sign(weight)}", "end")
    if step is not None:
        sign = "+" if step > 0 else ""
        drawing.text(right - 6, y + 4, f"{sign}{short(step)}", "number faint", "end")


def _sign(value: float) -> str:
    return "plus" if value > 0 else "minus" if value < 0 else "zero"
