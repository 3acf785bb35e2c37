"""Targets in another shape than the outputs: (N,) beside (N, 1) is (N, N), silently.

In comes the trace of a forward pass; out goes the sentence that names both shapes and
says what to write, or none. It is about a value that depends on the parameters beside
one of the data alone, both with a row for each example: differences between all pairs
of examples take the same one twice.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from clearprop.graph import Node, ordered
from clearprop.trace.result import Leaf, Trace
from clearprop.training.binding import Bound


def crossed(trace: Trace, leaves: Collection[Leaf], bound: Bound) -> str:
    """The sentence, or nothing.

    ``leaves`` are those of the trace, by the names of the user's arguments.
    """
    read = [leaf for leaf in leaves if not leaf.captured]
    of_data = {leaf.node for leaf in read if leaf.path[0] in bound.data}
    of_params = {leaf.node for leaf in read if leaf.path[0] in bound.params}
    for node in ordered([trace.loss]):
        for known in (of_data, of_params):
            if any(n in known for n in node.inputs):
                known.add(node)
        sides = [n.inputs[0] for n in node.inputs if n.op.name == "broadcast"]
        if len(sides) != 2 or not all(side in of_data for side in sides):
            continue
        output, target = sorted(sides, key=lambda side: side not in of_params)
        computed = output in of_params and target not in of_params
        if computed and _one_by_one(output.shape, target.shape):
            return _told(trace, node, output, target, leaves, bound)
    return ""


def _one_by_one(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether one is (N,) and the other (N, 1)."""
    row, column = sorted((a, b), key=len)
    return len(row) == 1 and row[0] > 1 and column == (row[0], 1)


def _told(
    trace: Trace,
    node: Node,
    output: Node,
    target: Node,
    leaves: Collection[Leaf],
    bound: Bound,
) -> str:
    names = {b.node: b.place for b in trace.log if b.place.isidentifier()}
    names |= {leaf.node: leaf.label for leaf in leaves}
    name = names.get(target, "the target")
    n = max(len(v) for v in bound.data.values() if len(np.shape(v)) > 0)
    column, row = f"({n}, 1)", f"({n},)"
    one, other = (column, row) if output.ndim == 2 else (row, column)
    line = f"line {trace.lines[node]}: " if trace.lines.get(node) else ""
    written = name if target in names else "target"
    fits = "reshape(-1, 1)" if output.ndim == 2 else "reshape(-1)"
    return (
        f"{line}{names.get(output, 'the output')} has the shape {one} and {name} "
        f"{other}, which together give ({n}, {n}): every row's output beside all "
        f"rows' targets. Write {written}.{fits}"
    )


__all__ = ["crossed"]
