"""The given half of an exercise before it is derived, and what its makers share."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from clearprop.checking.exercise.pieces import Piece
from clearprop.errors import SourceError
from clearprop.trace.result import Leaf
from clearprop.trace.source import Source


@dataclass(frozen=True, slots=True)
class Half:
    """A flat program up to its loss."""

    about: list[str]  # what its docstring says, by paragraph
    pieces: list[Piece]
    loss: str  # the variable that holds it
    body: list[ast.stmt]  # the statements that the numbers come from


def slot_of(leaf: Leaf, source: Source) -> str:
    if not leaf.label.isidentifier():
        raise SourceError(
            f"{source.title}: {leaf.label} is kept inside another object: for an "
            "exercise, give each array a name of its own"
        )
    return leaf.label


def headed(pieces: list[Piece]) -> list[Piece]:
    """The forward pass under a heading, where the user gave it none."""
    made = list(pieces)
    starts = [
        i
        for i, p in enumerate(made)
        if p.part == "forward" and (not i or made[i - 1].part != "forward")
    ]
    if not starts:
        return made
    first = made[starts[-1]]
    if "#" not in first.lead:
        made[starts[-1]] = replace(first, lead="\n# Forward pass\n")
    elif "forward" not in first.lead.lower():
        made[starts[-1]] = replace(
            first, lead=f"\n# Forward pass\n{first.lead.strip()}\n"
        )
    return made


def free(name: str, taken: set[str]) -> str:
    return name if name not in taken else f"total_{name}"
