"""What every part of an explanation is made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from clearprop.explain.run import Run, Values
from clearprop.write.latex import Equations
from clearprop.write.reading import Reading


@dataclass(slots=True)
class Context:
    """What the steps are made from."""

    reading: Reading
    run: Run
    fresh: Run | None  # the same at moved numbers
    point: Values  # the user's numbers
    equations: Equations
    rate: tuple[str, float] | None
    lines: Mapping[str, int]  # the user's name -> the line that binds it
    updated: Collection[str] = ()  # labels that the program itself rewrites
