"""When a training has diverged, and what is said of it.

In come the losses so far and the plan; out goes a sentence, or none. A loss that isn't
finite has diverged. One that grew has where it is far above what many rows gave before
the first step, and the parameters are far from where they began: a lucky first example
makes no measure, nor does a batch after the first step, and a training that begins
where there is nothing left to learn may move.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.trace.replay import current_state, random_state
from clearprop.training.data.table import is_mapped
from clearprop.training.numpy_engine import Pass
from clearprop.training.plan import Engine, Plan

# A loss this many times the first ones, and not falling, won't come back.
_GROWN = 1e3
# So many rows make one measure, also where most of their losses are 0.
_ENOUGH = 256
# The least of so many losses shows whether to look closer.
_FIRST = 100
SLOPE = (
    "A root, a norm or a quotient has no finite slope at 0, and np.where takes the "
    "slope of both sides: keep away from 0, as in np.sqrt(x + 1e-12) or "
    "np.where(x > 0, np.sqrt(np.where(x > 0, x, 1)), 0)."
)
# The parameters have left when they moved by this share of what they were.
_LEFT = 0.5


def grown(
    plan: Plan,
    losses: Sequence[np.ndarray],
    start: Callable[[], float],
    last: Sequence[float],
    engine: Engine,
) -> str:
    """What to say where the last losses are far above the first one; else nothing.

    ``start`` is asked for the loss before the first step.
    """
    if not last or min(last) <= 0:
        return ""
    least = min(map(abs, islice(chain.from_iterable(losses), _FIRST)))
    if min(last) <= _GROWN * least:
        return ""
    first = start()
    far = min(last) > _GROWN * first > 0 and last[-1] > last[0] / 2
    if not far or not _left(plan, engine.state()):
        return ""
    return f"the loss grew from {first:.4g} to {last[-1]:.4g}"


def loss_before(plan: Plan) -> float:
    """How large the loss is at the parameters that were given, by NumPy."""
    batch = Pass(
        plan, [p.value for p in plan.parameters], [g.value for g in plan.inputs]
    )
    parts: list[Any] = [None]
    if plan.batch_size is not None and plan.rows is not None:
        count = min(max(1, _ENOUGH // plan.batch_size), plan.rows // plan.batch_size)
        rows = np.linspace(0, plan.rows - 1, count * plan.batch_size).astype(np.int64)
        parts = [*rows.reshape(count, -1)]
    with np.errstate(all="ignore"), random_state(current_state()):
        return abs(float(np.mean([batch.mean(part)[0] for part in parts])))


def _left(plan: Plan, state: Mapping[str, np.ndarray]) -> bool:
    """Whether the parameters are far from where they began."""
    began = [p.value.ravel() for p in plan.parameters]
    moved = [state[str(i)].ravel() - value for i, value in enumerate(began)]
    norm, distance = (
        math.hypot(*(float(np.linalg.norm(v)) for v in values))
        for values in (began, moved)
    )
    return not distance <= _LEFT * norm  # an overflow is far, too


def infinite(plan: Plan, state: Mapping[str, np.ndarray], rows: Any) -> str:
    """Which gradient of a step isn't finite, as words: NumPy computes it again."""
    weights = [state[str(i)] for i in range(len(plan.parameters))]
    batch = Pass(plan, weights, [given.value for given in plan.inputs])
    with np.errstate(all="ignore"), random_state(current_state()):
        _, gradients = batch.mean(rows)
    for parameter, gradient in zip(plan.parameters, gradients, strict=True):
        bad = gradient[~np.isfinite(gradient)]
        if bad.size:
            holds = "holds" if gradient.ndim else "is"
            return f"the gradient of {parameter.label} {holds} {bad[0]}"
    return "a gradient is not finite"


def told(
    plan: Plan, what: str, step: int, rate: float, rows: Any, slope: bool = False
) -> str:
    """The sentence of the error: what happened at the last rows, and what to try.

    ``slope``: the loss is finite, and a gradient isn't.
    """
    found = strange(
        {
            given.leaf.label: given.value
            if rows is None or not given.by_row
            else (given.value, rows)
            for given in plan.inputs
        }
    ) or strange(  # of an earlier step, whose gradient wasn't finite
        {
            given.leaf.label: given.value
            for given in plan.inputs
            if not (given.by_row and is_mapped(given.value))
        }
    )
    if found:
        return f"training stopped: {what}; {found}"
    if slope:
        return f"training stopped: {what}. {SLOPE}"
    if step <= 1:
        return (
            f"training stopped: {what}, before anything has moved. Try smaller initial "
            "parameters, or inputs scaled to about 1."
        )
    clip = "" if plan.clip_norm is not None or plan.current else ", clip_norm=1.0"
    return (
        f"training diverged: {what}, with learning rate {rate:g}. Try a smaller one "
        f"(learning_rate={rate / 10:g}){clip}, or inputs scaled to about 1."
    )


def strange(data: Mapping[str, Any]) -> str:
    """Where data holds nan or inf, if it does; (array, rows) is looked at there."""
    for name, value in data.items():
        array, rows = value if isinstance(value, tuple) else (value, None)
        values = np.asarray(array if rows is None else array[rows])
        if values.dtype.kind != "f":
            continue
        bad = np.argwhere(~np.isfinite(np.atleast_1d(values)))
        if len(bad):
            row = bad[0][0] if rows is None else rows[bad[0][0]]
            value = values[tuple(bad[0])] if values.ndim else values
            return f"{name} holds {value}" + (f" in row {row}" if values.ndim else "")
    return ""


def refuse_strange(data: Mapping[str, Any], where: str = "") -> None:
    """Raise where data holds nan or inf."""
    found = strange(data)
    if found:
        raise ClearpropError(f"{where}{found}: fill it in, or leave the row out")


__all__ = [
    "SLOPE",
    "grown",
    "infinite",
    "loss_before",
    "refuse_strange",
    "strange",
    "told",
]
