"""Learning rates that change with the steps: functions from the step to the rate.

``learning_rate=schedules.cosine(0.1, steps=1000)``; any function of the step, counted
from 0, will do as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real

import numpy as np

from clearprop.errors import ClearpropError

Schedule = Callable[[int], float]


def constant(rate: float) -> Schedule:
    """The same rate at every step."""
    return lambda step: rate


def exponential(rate: float, *, decay: float, every: int = 1) -> Schedule:
    """``rate * decay ** (step / every)``, smoothly."""
    return lambda step: float(rate * decay ** (step / every))


def staircase(rate: float, *, decay: float, every: int) -> Schedule:
    """The rate times ``decay`` once more after every ``every`` steps."""
    return lambda step: float(rate * decay ** (step // every))


def inverse_time(rate: float, *, decay: float, every: int = 1) -> Schedule:
    """``rate / (1 + decay * step / every)``: Robbins and Monro's condition holds."""
    return lambda step: float(rate / (1 + decay * step / every))


def linear(rate: float, *, steps: int, end: float = 0.0) -> Schedule:
    """A straight line from ``rate`` to ``end`` over ``steps``, then ``end``."""
    return lambda step: float(rate + (end - rate) * min(step / steps, 1.0))


def cosine(rate: float, *, steps: int, end: float = 0.0) -> Schedule:
    """Half a cosine from ``rate`` to ``end`` (Loshchilov & Hutter 2017), then flat."""
    return lambda step: float(
        end + (rate - end) * (1 + math.cos(math.pi * min(step / steps, 1.0))) / 2
    )


def warmup(schedule: float | Schedule, *, steps: int) -> Schedule:
    """From near 0 in equal parts up to another schedule, which goes on as it would."""
    after = schedule if callable(schedule) else constant(schedule)
    return lambda step: after(step) * min((step + 1) / steps, 1.0)


def rates(learning_rate: float | Schedule, first: int, count: int) -> np.ndarray:
    """The rates of ``count`` steps from ``first`` on, checked."""
    if callable(learning_rate):
        given = [learning_rate(first + i) for i in range(count)]
        found = np.array([_number(rate, first + i) for i, rate in enumerate(given)])
    else:
        found = np.full(count, _number(learning_rate, first))
    bad = ~(np.isfinite(found) & (found >= 0))
    if bad.any():
        at = int(np.argmax(bad))
        raise ClearpropError(
            f"the learning rate of step {first + at} is {found[at]}: it must be a "
            "number from 0 on"
        )
    return found


def _number(rate: object, step: int) -> float:
    if isinstance(rate, Real) or (isinstance(rate, np.ndarray) and rate.ndim == 0):
        return float(rate)
    raise ClearpropError(
        f"the learning rate of step {step} is {rate!r}: give a number, or a function "
        "from the step to one"
    )


__all__ = [
    "constant", "cosine", "exponential", "inverse_time", "linear", "rates",
    "staircase", "warmup",
]  # fmt: skip
