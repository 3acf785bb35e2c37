"""Where the boxes of a layered drawing go (Sugiyama, Tagawa & Toda 1981).

Every value stands right of what it is computed from. A line that spans several columns
passes through a gap of its own in each, so that it never runs behind a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

SWEEPS = 8

Item = Any  # whatever can be a key


@dataclass(slots=True)
class Layout:
    """Columns of items from left to right, and the way of each line."""

    columns: list[list[Item]]
    ways: dict[tuple[Item, Item], list[Item]]  # (from, to) -> the items on the way
    y: dict[Item, float] = field(default_factory=dict)  # the middle of each item


def layered(
    items: Sequence[Item],
    sources: Mapping[Item, Sequence[Item]],
    heights: Mapping[Item, float],
    gap: float,
) -> Layout:
    """Lay out items, given in topological order, with what each is computed from."""
    depth = _depths(items, sources)
    columns: list[list[Item]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for item in items:
        columns[depth[item]].append(item)
    ways: dict[tuple[Item, Item], list[Item]] = {}
    for item in items:
        for source in dict.fromkeys(sources[item]):
            way: list[Item] = [source]
            for column in range(depth[source] + 1, depth[item]):
                bend = ("bend", source, column)  # lines from one source share their way
                if bend not in columns[column]:
                    columns[column].append(bend)
                way.append(bend)
            ways[source, item] = [*way, item]
    layout = Layout(columns, ways)
    left, right = _neighbours(layout)
    _order(layout, left, right)
    _place(layout, left, right, heights, gap)
    return layout


def _depths(
    items: Sequence[Item], sources: Mapping[Item, Sequence[Item]]
) -> dict[Item, int]:
    """The column of each: as far left as it can, an input just before its first use."""
    depth: dict[Item, int] = {}
    for item in items:
        depth[item] = max((depth[s] + 1 for s in sources[item]), default=0)
    first_use: dict[Item, int] = {}
    for item in items:
        for source in sources[item]:
            use = depth[item]
            first_use[source] = min(first_use.get(source, use), use)
    for item in items:
        if not sources[item] and item in first_use:
            depth[item] = first_use[item] - 1
    return depth


Neighbours = dict[Item, list[Item]]


def _neighbours(layout: Layout) -> tuple[Neighbours, Neighbours]:
    left: Neighbours = {i: [] for column in layout.columns for i in column}
    right: Neighbours = {i: [] for column in layout.columns for i in column}
    seen = set()
    for way in layout.ways.values():
        for a, b in pairwise(way):
            if (a, b) not in seen:
                seen.add((a, b))
                left[b].append(a)
                right[a].append(b)
    return left, right


def _order(layout: Layout, left: Neighbours, right: Neighbours) -> None:
    """Fewer crossings: each item near the middle of its neighbours, again and again."""
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        columns = layout.columns if forward else layout.columns[::-1]
        near = left if forward else right
        for before, column in pairwise(columns):
            rank = {item: i for i, item in enumerate(before)}
            own = {item: i for i, item in enumerate(column)}
            column.sort(
                key=lambda i: (_mean([rank[n] for n in near[i]], own[i]), own[i])
            )


def _mean(values: list[int] | list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _place(
    layout: Layout,
    left: Neighbours,
    right: Neighbours,
    heights: Mapping[Item, float],
    gap: float,
) -> None:
    y = layout.y
    for column in layout.columns:
        at = 0.0
        for item in column:
            height = heights.get(item, 0.0)
            y[item] = at + height / 2
            at += height + gap
        for item in column:
            y[item] -= at / 2
    for sweep in range(SWEEPS):
        columns = layout.columns if sweep % 2 == 0 else layout.columns[::-1]
        for column in columns:
            wish = [_mean([y[n] for n in left[i] + right[i]], y[i]) for i in column]
            _spread(column, wish, y, heights, gap)
    top = min((y[i] - heights.get(i, 0.0) / 2 for i in y), default=0.0)
    for item in y:
        y[item] -= top


def _spread(
    column: Sequence[Item],
    wish: Sequence[float],
    y: dict[Item, float],
    heights: Mapping[Item, float],
    gap: float,
) -> None:
    """Items at their wishes where they fit, moved apart in groups where they don't."""
    groups: list[
        list[float]
    ] = []  # [sum of wishes relative to the start, items, length]
    for item, middle in zip(column, wish, strict=True):
        height = heights.get(item, 0.0)
        groups.append([middle - height / 2, 1, height])
        while len(groups) > 1 and _start(groups[-2]) + groups[-2][2] + gap > _start(
            groups[-1]
        ):
            total, count, length = groups.pop()
            before = groups[-1]
            before[0] += total - count * (before[2] + gap)
            before[1] += count
            before[2] += gap + length
    i = 0
    for group in groups:
        at = _start(group)
        for _ in range(int(group[1])):
            height = heights.get(column[i], 0.0)
            y[column[i]] = at + height / 2
            at += height + gap
            i += 1


def _start(group: Sequence[float]) -> float:
    return group[0] / group[1]
