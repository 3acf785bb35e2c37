"""Edits of an einsum's letters: ``'bi,ij->bj'`` where ``'bj,ij->bi'`` is owed.

One letter or two are other ones, as far as the lengths of the axes allow.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations

from .proposal import Proposal, says, swap
from .spelling import spell
from .view import View

Shape = tuple[int, ...]


def letters(view: View) -> Iterator[Proposal]:
    """The letters of each einsum, first one of them, then two."""
    for node in view.frame.nodes:
        if not isinstance(node, ast.Call) or not spell(node.func).endswith("einsum"):
            continue
        if not node.args:
            continue
        pattern, *operands = node.args
        if not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str):
            continue
        old = pattern.value.replace(" ", "")
        if "->" not in old or "." in old:
            continue
        mistake = "transpose" if len(operands) > 1 else "wrong-axis"
        shapes = [view.shape(a) for a in operands]
        for new, changed in _rewritten(old, shapes):
            call = ast.Call(node.func, [ast.Constant(new), *operands], node.keywords)
            why = says(
                "the letters pair the wrong axes: {new} is meant, not {old}",
                new=repr(new),
                old=repr(pattern.value),
            )
            yield swap(node, call, mistake, why, 0.01 * changed)


def _rewritten(old: str, shapes: Sequence[Shape | None]) -> Iterator[tuple[str, int]]:
    """Patterns with one letter or two exchanged, and with how many."""
    known = sorted({c for c in old if c.isalpha()})
    places = [i for i, c in enumerate(old) if c.isalpha()]
    for count in (1, 2):
        for chosen in combinations(places, count):
            for fresh in _others(old, chosen, known):
                if _is_sound(fresh, shapes):
                    yield fresh, count


def _others(old: str, chosen: tuple[int, ...], known: list[str]) -> Iterator[str]:
    first, *rest = chosen
    for letter in known:
        if letter == old[first]:
            continue
        new = f"{old[:first]}{letter}{old[first + 1 :]}"
        if rest:
            yield from _others(new, tuple(rest), known)
        else:
            yield new


def _is_sound(pattern: str, shapes: Sequence[Shape | None]) -> bool:
    """Whether each letter has one length, and each that comes out goes in once."""
    inputs, result = pattern.split("->")
    lengths: dict[str, int] = {}
    parts = inputs.split(",")
    return (
        len(parts) == len(shapes)
        and all(
            shape is not None
            and len(shape) == len(part)
            and all(lengths.setdefault(c, n) == n for c, n in zip(part, shape))
            for part, shape in zip(parts, shapes)
        )
        and len(set(result)) == len(result)
        and set(result) <= set(lengths)
    )
