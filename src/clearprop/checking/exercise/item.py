"""One variable of the backward pass: what a student may be asked to write."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """A variable of the backward pass and the lines that compute it.

    ``kind`` is "again" (a forward value that the student's program has no name for),
    "helper", "gradient" or "step". ``of`` is whose gradient it is, in the student's
    names; ``claim`` the right side of the claim, "" where it can't be stated.
    """

    name: str
    code: str
    kind: str
    title: str = ""
    of: str = ""
    claim: str = ""
    latex: str = ""
    parameter: str = ""  # the weight whose gradient or step it is

    @property
    def reads(self) -> set[str]:
        """The names that its lines use, itself not counted."""
        return names_in(self.code) - {self.name}


def names_in(code: str) -> set[str]:
    """Every name in some lines of code."""
    return {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
