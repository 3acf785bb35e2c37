"""One observation about the numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """One observation: ``kind`` for programs, ``text`` for people."""

    kind: str
    text: str
    where: str = ""
    line: int | None = None

    def __str__(self) -> str:
        return self.text


def brief(value: float) -> str:
    """Two significant digits."""
    return f"{value:.2g}"
