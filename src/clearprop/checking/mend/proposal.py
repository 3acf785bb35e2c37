"""One edit that may be the mend, before it is tried."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .spelling import spell
from .trial import Swap
from .view import View

Said = Callable[[], str]
Why = Said  # worded only for the few proposals that fit


@dataclass(frozen=True, slots=True)
class Proposal:
    """Put nodes in place of others; what mistake that mends, and why.

    ``named`` is the mistake, or says which it is once the proposal fits.
    ``prior`` is how unlikely the mistake is before its size is counted. ``statement``
    is the whole new statement where more than an expression changes: ``=`` to ``+=``;
    ``after`` is one that follows a statement which stays as it is.
    """

    swaps: tuple[Swap, ...]
    named: str | Said
    why: Why
    prior: float = 0.0
    inside: str = ""
    statement: ast.stmt | None = None
    after: ast.AugAssign | None = None

    @property
    def mistake(self) -> str:
        return self.named if isinstance(self.named, str) else self.named()


def says(sentence: str, **parts: ast.AST | str) -> Why:
    """The sentence with its ``{parts}`` filled in, trees spelt as code."""

    def why() -> str:
        return sentence.format(
            **{k: v if isinstance(v, str) else spell(v) for k, v in parts.items()}
        )

    return why


Kind = Callable[[View], Iterator[Proposal]]


def swap(
    old: ast.expr,
    new: ast.expr,
    named: str | Said,
    why: Why,
    prior: float = 0.0,
    inside: str = "",
) -> Proposal:
    return Proposal(((old, new),), named, why, prior, inside)
