"""Numbers as a person writes them into a program: ``np.array([0.5, 0.1, -0.2])``."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

WIDTH = 88
_PLAIN = ("float64", "int64", "bool")


def spelled(name: str, value: Any, as_list: bool = False) -> str:
    """The text of a number or an array, to stand behind ``name = ``."""
    array = np.asarray(value)
    if not array.ndim:
        return repr(array.item())
    dtype = "" if str(array.dtype) in _PLAIN else f", dtype=np.{array.dtype}"
    opening, closing = ("", "") if as_list else ("np.array(", f"{dtype})")
    if array.ndim == 1:
        flat = f"{opening}[{', '.join(repr(x.item()) for x in array)}]{closing}"
        if len(f"{name} = {flat}") <= WIDTH:
            return flat
    if as_list:
        return _rows(array, "")
    ending = f"{dtype.removeprefix(', ')},\n" if dtype else ""
    inside = textwrap.indent(_rows(array, ",") + f"\n{ending}", "    ")
    if not dtype:
        inside = textwrap.indent(_rows(array, "") + "\n", "    ")
    return f"{opening}\n{inside})"


def _rows(array: np.ndarray, comma: str) -> str:
    """One row to a line, the brackets on lines of their own."""
    if array.ndim == 1:
        words = ", ".join(repr(x.item()) for x in array)
        if len(words) <= WIDTH - 12:
            return f"[{words}]{comma}"
        wrapped = textwrap.fill(words + ",", WIDTH - 12)
        return "[\n" + textwrap.indent(wrapped, "    ") + f"\n]{comma}"
    rows = "\n".join(_rows(row, ",") for row in array)
    return "[\n" + textwrap.indent(rows, "    ") + f"\n]{comma}"
