"""A right program with one mistake planted in it, and what a checker should say of it.

``line`` and ``mistake`` are the answer; ``also`` holds the few other answers that are
as good, each with its reason beside the mutator that gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .reading import Reading

Answer = tuple[int, str]


@dataclass(frozen=True)
class Mutant:
    """``text`` is the wrong program; its first wrong line is ``line``, from 1."""

    program: str
    text: str
    line: int
    mistake: str
    what: str
    mutator: str = ""
    also: tuple[Answer, ...] = ()

    @property
    def answers(self) -> tuple[Answer, ...]:
        return ((self.line, self.mistake), *self.also)

    @property
    def lines(self) -> set[int]:
        return {line for line, _ in self.answers}

    @property
    def codes(self) -> set[str]:
        return {code for _, code in self.answers}


Mutator = Callable[[Reading], Iterator[Mutant]]
