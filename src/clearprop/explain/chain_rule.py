"""Incoming gradient × local derivative: which piece of a line is which.

The incoming gradient is read from the names in the line. In the first line, where none
has a name yet, the factors are compared with the gradient of every value on the way to
the loss, at the user's numbers and at moved ones: one point can agree by chance, both
don't.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from clearprop.explain.context import Context
from clearprop.explain.factors import joined, names_in
from clearprop.explain.numbers import Quantity, quantity
from clearprop.explain.roles import Role, activation, name_of, role_of
from clearprop.explain.run import Record
from clearprop.graph import Node, ordered
from clearprop.write.layers import SLOPES, Layer
from clearprop.write.reading import Reading, same

WIDTH = 52  # columns that a value may take


@dataclass(frozen=True, slots=True)
class Factor:
    """One part of what a line combines.

    ``role`` is "incoming gradient", "local derivative", "contribution", "first" and
    "then" (lines that go on with one variable), or "" (of the weight step).
    """

    role: str
    code: str
    says: str
    value: Quantity


def factors_of(
    context: Context, record: Record, other: Record | None, role: Role, of: Node | None
) -> list[Factor]:
    parts = record.parts
    if parts.kind == "sum":
        return [
            Factor("contribution", code, _brings(context, code), quantity(v, WIDTH))
            for code, v in zip(parts.pieces, record.pieces, strict=True)
        ]
    if parts.kind == "whole" and len(parts.pieces) != 1:
        return []
    incoming = [i for i, code in enumerate(parts.pieces) if _gradients(context, code)]
    says = ""
    if incoming:
        says = _whose(context, parts.pieces[incoming[0]])
    elif other is not None and of is not None:
        incoming, says = _by_value(context, record, other, of)
    local = [i for i in range(len(parts.pieces)) if i not in incoming]
    made: list[Factor] = []
    if parts.kind == "matmul":
        return _operands(context, record, role, incoming, says)
    if not incoming and of is not None:
        one = quantity(1, WIDTH)
        made.append(
            Factor("incoming gradient", "1", "∂L/∂L: the way back starts here", one)
        )
    for which, name in ((incoming, "incoming gradient"), (local, "local derivative")):
        if not which or (which is local and not incoming and of is None):
            continue
        code = joined([parts.pieces[i] for i in which])
        value = _combined([record.pieces[i] for i in which])
        word = says if which is incoming else _slope_says(context, role, code, incoming)
        made.append(Factor(name, code, word, quantity(value, WIDTH)))
    return made


def _operands(
    context: Context, record: Record, role: Role, incoming: list[int], says: str
) -> list[Factor]:
    """The two sides of a matrix product, in the order of the code."""
    made = []
    for i, code in enumerate(record.parts.pieces):
        name = "incoming gradient" if i in incoming else "local derivative"
        word = says if i in incoming else _slope_says(context, role, code, incoming)
        made.append(Factor(name, code, word, quantity(record.pieces[i], WIDTH)))
    return made


def _brings(context: Context, code: str) -> str:
    """Where one term of a sum of contributions comes from."""
    if _gradients(context, code):
        return _whose(context, code)
    lines = context.reading.program.lines
    above = {line.target for line in lines if line.section == "backward"}
    return "computed above" if names_in(code) & above else "straight from the loss"


def _combined(values: list[Any]) -> Any:
    with np.errstate(all="ignore"):
        total = values[0]
        for value in values[1:]:
            total = total * value
    return total


def _gradients(context: Context, code: str) -> set[str]:
    return names_in(code) & set(context.reading.gradient_of)


def _whose(context: Context, code: str) -> str:
    """Whose gradient a piece of code carries."""
    found = sorted(_gradients(context, code))
    if len(found) != 1:
        return ""
    return _carries(context.reading, context.reading.gradient_of[found[0]], found[0])


def _carries(reading: Reading, value: Node, target: str = "") -> str:
    """What the gradient of this value is called."""
    role = role_of(reading, value, target)
    return f"the {role.title}" if role.kind == "error term" else role.equation


def _slope_says(context: Context, role: Role, code: str, incoming: list[int]) -> str:
    layer = role.layer
    if layer is None or not incoming:
        return "" if incoming else "the derivative of the loss"
    if role.kind == "error term":
        function = activation(context.reading, layer)
        if function is None:
            return "the slope of what follows"
        return "the " + SLOPES[function] if function else ""
    if role.kind == "weights":
        names = context.reading.names
        carried = "what the weights carried"
        used = names_in(code)
        if layer.function and names.get(layer.y) in used:
            return f"the {SLOPES[layer.function]}, times {carried}"
        name = names.get(layer.source)
        return carried if name is None or name in code else ""
    if role.kind == "activation":
        after = _next(context.reading.layers, layer)
        if after is None or after.source is not layer.y:
            return ""
        return f"the weights into the {after.name}"
    if role.kind in ("leaf", "entering"):
        return f"the weights into the {layer.name}"
    return ""


def _next(layers: list[Layer], layer: Layer) -> Layer | None:
    i = layers.index(layer)
    return layers[i + 1] if i + 1 < len(layers) else None


def _by_value(
    context: Context, record: Record, other: Record, of: Node
) -> tuple[list[int], str]:
    """The factors whose product is the gradient of a value nearer to the loss."""
    pieces = len(record.pieces)
    if record.parts.kind not in ("product", "matmul") or not 1 < pieces <= 6:
        return [], ""
    reading = context.reading
    assert context.fresh is not None
    for value in _downstream(reading, of):
        wanted = [run.gradients[value] for run in (context.run, context.fresh)]
        if not any(np.any(w) for w in wanted):
            continue  # zero is a factor of everything: it tells nothing
        for size in range(1, pieces):
            for chosen in combinations(range(pieces), size):
                mine = _combined([record.pieces[i] for i in chosen])
                its = _combined([other.pieces[i] for i in chosen])
                if same(mine, wanted[0]) and same(its, wanted[1]):
                    return list(chosen), _carries(reading, value)
    return [], ""


def _downstream(reading: Reading, of: Node) -> list[Node]:
    """Named values between this one and the loss, nearest first."""
    found = []
    for value, _ in reading.program.request.walked:
        now = reading.now.get(value, value)
        if now is of or now is reading.loss or name_of(reading, now) is None:
            continue
        if of in set(ordered([now])):
            found.append(now)
    return sorted(found, key=lambda node: node.index)
