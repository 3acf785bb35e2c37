"""The shapes of everything that a frame can name, for the words of a crash.

In comes the exception that ended a program, out come its frames with the shapes of
arrays and numbers by what they are called there: ``W1``, ``self.W1``, ``cache['A1']``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clearprop.trace.array import Traced
from clearprop.trace.leaves import attributes
from clearprop.trace.library import is_library_module
from clearprop.trace.numberlist import NumberList
from clearprop.trace.size import TracedSize

Shape = tuple[int, ...]
_MANY = 60  # items of one container
_DEEP = 3


def frames(error: BaseException | None, file: str) -> list[tuple[str, dict[str, Any]]]:
    """For each frame of the program's file, outermost first: its function, shapes."""
    found = []
    trace = error.__traceback__ if error is not None else None
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_filename == file:
            names = {**frame.f_globals, **frame.f_locals}
            found.append((frame.f_code.co_name, shapes(names)))
        trace = trace.tb_next
    return found


def shapes(names: dict[str, Any]) -> dict[str, Shape]:
    """The shapes of what these names hold, and of what stands inside of it."""
    found: dict[str, Shape] = {}
    for name, value in names.items():
        if not name.startswith("__"):
            found.update(_inside(name, value, 0))
    return found


def _inside(place: str, value: Any, depth: int) -> Iterator[tuple[str, Shape]]:
    kind = type(value)
    if kind is Traced:
        yield place, np.shape(value.value)
    elif kind in (int, float, TracedSize):
        yield place, ()
    elif isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind in "fiub":
            yield place, np.shape(value)
    elif depth >= _DEEP:
        return
    elif kind in (list, tuple, NumberList):
        for i, item in enumerate(value[:_MANY]):
            yield from _inside(f"{place}[{i}]", item, depth + 1)
    elif isinstance(value, dict):
        for key, item in list(value.items())[:_MANY]:
            if isinstance(key, str | int):
                yield from _inside(f"{place}[{key!r}]", item, depth + 1)
    elif kind.__flags__ & (1 << 9) and not is_library_module(kind.__module__):
        for name, item in list(attributes(value))[:_MANY]:
            yield from _inside(f"{place}.{name}", item, depth + 1)
