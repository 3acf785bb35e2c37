"""Arguments as the program itself has given them: its own shapes fit, guesses may not.

In comes the value of an argument, as a function of the program was called with it; out
comes an expression that makes such a value for a driver: random numbers where it holds
random numbers, the same ones where they are labels, masks, sizes or words.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

import numpy as np

Given = dict[int, dict[str, str]]  # first line of a function -> argument: expression

LARGE = 20_000  # entries: a driver is there for a look, not for a training
SHORT = 64  # entries that are written down one by one


def arguments(frame: FrameType) -> dict[str, str]:
    """The arguments of a call that has just begun."""
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return {n: expression(frame.f_locals[n]) for n in names if n in frame.f_locals}


def expression(value: Any) -> str:
    """A value like the one that was met; "" where none can be written."""
    if value is None or type(value) in (bool, int, float, str):
        return repr(value)
    if isinstance(value, np.generic):
        return expression(value.item())
    if isinstance(value, np.ndarray):
        return _array(value)
    if type(value) is dict and value and all(type(k) in (str, int) for k in value):
        items = {k: expression(v) for k, v in value.items()}
        inside = ", ".join(f"{k!r}: {text}" for k, text in items.items())
        return f"{{{inside}}}" if all(items.values()) else ""
    if type(value) in (list, tuple) and 0 < len(value) <= SHORT:
        parts = [expression(v) for v in value]
        if not all(parts):
            return ""
        inside = ", ".join(parts)
        return f"[{inside}]" if type(value) is list else f"({inside},)"
    return ""


def _array(value: np.ndarray) -> str:
    kind = value.dtype.kind
    if kind not in "fiub" or not 0 < value.size <= LARGE or value.ndim == 0:
        return ""
    if kind == "b" or np.isin(value, (0, 1)).all():
        if value.min() == value.max():  # a bias that starts at zero
            return f"np.random.randn{value.shape}" if kind == "f" else _written(value)
        return _written(value)
    if kind in "iu":
        return _written(value)
    if value.ndim and value.min() > 0 and value.max() < 1:
        return f"np.random.uniform(0.1, 0.9, {value.shape})"
    return f"np.random.randn({', '.join(map(str, value.shape))})"


def _written(value: np.ndarray) -> str:
    if value.size <= SHORT:
        return f"np.array({value.tolist()})"
    low, high = int(value.min()), int(value.max()) + 1
    drawn = f"np.random.randint({low}, {high}, {value.shape})"
    return f"{drawn} * 1.0" if value.dtype.kind == "f" else drawn
