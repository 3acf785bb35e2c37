"""Options that are numbers: each in its range, or a sentence that says what it must be.

A number given as text would compare, multiply or be counted as something else later.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from clearprop.errors import ClearpropError


def whole(value: Any, name: str, least: int = 1) -> int | None:
    """A whole number from ``least`` on; None stays None."""
    if value is None:
        return None
    if not is_finite(value) or int(value) != value or value < least:
        raise ClearpropError(f"{name}={value!r}: give a whole number from {least} on")
    return int(value)


def limit(value: Any, name: str) -> float | None:
    """A number above 0; None stays None."""
    if value is None:
        return None
    if not (is_finite(value) and value > 0):
        raise ClearpropError(f"{name}={value!r}: give a positive number")
    return float(value)


def positive(value: Any, name: str) -> float:
    """A number from 0 on."""
    if not (is_finite(value) and value >= 0):
        raise ClearpropError(f"{name}={value!r}: give 0 or a positive number")
    return float(value)


def finite(value: Any, name: str) -> float | None:
    """Any number; None stays None."""
    if value is None:
        return None
    if not is_finite(value):
        raise ClearpropError(f"{name}={value!r}: give a number")
    return float(value)


def is_finite(value: Any) -> bool:
    """Whether it is a number, and no truth value, infinity or nan."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number and math.isfinite(value)


__all__ = ["finite", "is_finite", "limit", "positive", "whole"]
