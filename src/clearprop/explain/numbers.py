"""Arrays as text: small ones in full, as NumPy prints them, large ones summarized."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

SMALL = 12  # an array of more entries is summarized
DIGITS = 8


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with what is worth saying about it; every field can go into JSON.

    ``values`` holds the numbers of a small array, ``summary`` the figures of a large
    one; numbers that are not finite are the strings "nan", "inf" and "-inf".
    """

    text: str
    shape: list[int]
    dtype: str
    values: Any = None
    summary: dict[str, Any] | None = None

    @property
    def shape_text(self) -> str:
        """``(3, 2)``; nothing for a single number."""
        return str(tuple(self.shape)) if self.shape else ""


def quantity(value: Any, width: int = 60) -> Quantity:
    """A value for a step, its text at most ``width`` columns wide."""
    array = np.asarray(value)
    shape, dtype = list(array.shape), array.dtype.name
    if array.ndim == 0:
        return Quantity(scalar(array[()]), shape, dtype, plain(array[()]))
    if array.size <= SMALL:
        text = small(array, width)
        if all(len(line) <= width for line in text.split("\n")):
            return Quantity(text, shape, dtype, _nested(array))
    figures = summary(array)
    return Quantity(_sentence(figures, array, width), shape, dtype, None, figures)


def scalar(value: Any) -> str:
    """A number with at most eight significant digits."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (np.float32, np.float16)):
        return str(value)
    try:
        return f"{float(value):.{DIGITS}g}"
    except (TypeError, ValueError):
        return str(value)


def short(value: Any, digits: int = 3) -> str:
    """A number for a label in a picture."""
    number = float(value)
    if number != number or math.isinf(number):
        return f"{number}".replace("-", "−")
    if number == 0:
        return "0"
    text = f"{number:.{digits}g}"
    if "e" in text:
        mantissa, power = text.split("e")
        if int(power) >= 0 and int(power) < 5:
            return f"{number:.0f}".replace("-", "−")
        text = f"{mantissa}e{int(power)}"
    elif abs(number) < 10**-digits:
        mantissa, power = f"{number:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", "−")


def small(array: np.ndarray, width: int) -> str:
    """All entries, as NumPy prints them."""
    if not array.size:
        return f"[] (no entries, shape {array.shape})"
    return np.array2string(
        array,
        precision=DIGITS,
        max_line_width=width,
        floatmode="maxprec",
        suppress_small=False,
        threshold=SMALL + 1,
    )


def plain(value: Any) -> Any:
    """A NumPy number as a Python one that JSON can hold."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _nested(array: np.ndarray) -> Any:
    if array.ndim == 0:
        return plain(array[()])
    return [_nested(row) for row in array]


def summary(array: np.ndarray) -> dict[str, Any]:
    """The figures of a large array; nan and inf are counted, and left out of them."""
    numbers = array.astype(np.float64) if array.dtype.kind in "biuf" else np.zeros(0)
    finite = numbers[np.isfinite(numbers)]
    odd = int(numbers.size - finite.size)
    if not finite.size:
        return {"not_finite": odd, "size": int(array.size)}
    top = float(np.max(np.abs(finite)))  # scaled: the squares may overflow
    norm = top * float(np.sqrt(np.sum((finite / top) ** 2))) if top > 0 else 0.0
    figures = {
        "min": float(finite.min()),
        "mean": float(finite.mean()),
        "max": float(finite.max()),
        "norm": norm,
        "zeros": float(np.mean(finite == 0)),
    }
    figures = {k: plain(v) for k, v in figures.items()}
    return {**figures, "not_finite": odd} if odd else figures


def _sentence(figures: dict[str, Any], array: np.ndarray, width: int) -> str:
    if "min" not in figures:
        words = [f"{array.size} entries", "none of them finite"]
    elif figures["min"] == figures["max"] and "not_finite" not in figures:
        return f"all {_figure(figures['min'])}"
    else:
        words = [f"{k} {_figure(figures[k])}" for k in ("min", "mean", "max", "norm")]
        words.append(f"{share(figures['zeros'])} zeros")
        if "not_finite" in figures:
            words.append(f"{figures['not_finite']} not finite")
    lines, current = [], ""
    for word in words:
        piece = f"{current}, {word}" if current else word
        if current and len(piece) + 1 > width:
            lines.append(current + ",")
            piece = word
        current = piece
    return "\n".join([*lines, current])


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def share(fraction: float) -> str:
    """A share in percent that is "0%" and "100%" only where it is all or nothing."""
    percent = 100 * fraction
    if 0 < percent < 1:
        return "<1%"
    if 99 < percent < 100:
        return ">99%"
    return f"{percent:.0f}%"
