"""Why a plan can't be native, in plain words; and the checks made once on all data.

The generated code has no branch for a case that the trace didn't see, and reads labels
unchecked: both are looked at here, over all rows, before the first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.graph import Node, ValueGuard, evaluate, ordered
from clearprop.training.native.emit import Emitted, emit
from clearprop.training.native.values import Unsupported
from clearprop.training.plan import Plan

# A batch: how many rows it has, and whether they are given by number.
Kind = tuple[int | None, bool]


def kinds(plan: Plan) -> list[Kind]:
    """The batches that a plan will meet: full ones, and the last, smaller one."""
    if plan.rows is None:
        return [(None, False)]
    if plan.batch_size is None:
        return [(plan.rows, False)]
    size = min(plan.batch_size, plan.rows)
    rest = plan.rows % size
    return [(size, True), *([(rest, True)] if rest else [])]


def unsupported(plan: Plan) -> str | None:
    """The reason, or None where the native engine takes the plan."""
    for parameter in plan.parameters:
        if parameter.value.dtype not in (np.float32, np.float64):
            return f"{parameter.label} holds {parameter.value.dtype.name} numbers"
        if not parameter.value.size:
            return f"{parameter.label} is empty"
    try:
        _check_branches(plan)
        for kind in kinds(plan):
            emit(plan, *kind)
    except Unsupported as why:
        return str(why)
    return None


def _check_branches(plan: Plan) -> None:
    """Branches of the forward pass must go the same way at every step."""
    data = {given.leaf.node: given for given in plan.inputs}
    for guard in plan.backward._request.value_guards:
        where = f"line {guard.line}: " if guard.line else ""
        leaves = [n for n in ordered([guard.node]) if n.op.name in ("input", "random")]
        if any(n not in data for n in leaves):
            raise Unsupported(
                f"{where}a branch or a loop depends on the parameters: {guard.code}"
            )
        by_row = any(data[n].by_row for n in leaves)
        if by_row and guard.node.op.name not in ("any", "all"):
            raise Unsupported(
                f"{where}a branch or a loop depends on a batch's rows: {guard.code}"
            )
        if not _holds(plan, guard, leaves, {n: data[n].value for n in leaves}):
            raise Unsupported(
                f"{where}all rows of the data don't go the way of the traced ones: "
                f"{guard.code}"
            )


def _holds(
    plan: Plan, guard: ValueGuard, leaves: Sequence[Node], values: dict[Node, Any]
) -> bool:
    by_row = {i.leaf.node for i in plan.inputs if i.by_row}
    if plan.per_example and any(n in by_row for n in leaves):
        rows = range(plan.rows or 0)
        return all(
            _same(guard, {n: v[k] if n in by_row else v for n, v in values.items()})
            for k in rows
        )
    return _same(guard, values)


def _same(guard: ValueGuard, values: dict[Node, Any]) -> bool:
    with np.errstate(all="ignore"):
        (found,) = evaluate([guard.node], values)
    return bool(np.array_equal(np.asarray(found), np.asarray(guard.value)))


def check_labels(plan: Plan, emitted: Emitted, inputs: Sequence[np.ndarray]) -> None:
    """Labels must lie inside the axis that they index."""
    for kind, which, n in emitted.labels:
        array = inputs[which] if kind == "input" else emitted.constants[which]
        low, high = int(array.min()), int(array.max())
        if low < -n or high >= n:
            label = plan.inputs[which].leaf.label if kind == "input" else "an index"
            wrong = low if low < -n else high
            raise ClearpropError(
                f"{label} holds {wrong}, and what it indexes has {n} entries: labels "
                f"are 0 to {n - 1}"
            )


__all__ = ["Kind", "check_labels", "kinds", "unsupported"]
