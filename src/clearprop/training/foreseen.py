"""What engines that compile must know of a plan before the first step.

Compiled code has no branch for a case that the trace didn't see. So the sizes of the
batches to come are listed, and what the forward pass decided by looking at the data is
looked at again over all rows; where that can't be, a reason in words comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clearprop.graph import Node, ValueGuard, evaluate, ordered
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


def branching(plan: Plan) -> str | None:
    """Why a branch of the forward pass may go another way at some step, or None."""
    data = {given.leaf.node: given for given in plan.inputs}
    for guard in plan.backward.request.value_guards:
        where = f"line {guard.line}: " if guard.line else ""
        leaves = [n for n in ordered([guard.node]) if n.op.name in ("input", "random")]
        if any(n not in data for n in leaves):
            return f"{where}a branch or a loop depends on the parameters: {guard.code}"
        by_row = any(data[n].by_row for n in leaves)
        if by_row and guard.node.op.name not in ("any", "all"):
            return f"{where}a branch or a loop depends on a batch's rows: {guard.code}"
        if not _holds(plan, guard, leaves, {n: data[n].value for n in leaves}):
            return (
                f"{where}all rows of the data don't go the way of the traced ones: "
                f"{guard.code}"
            )
    return None


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


__all__ = ["Kind", "branching", "kinds"]
