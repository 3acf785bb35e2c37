"""What may stand in a blank of which nobody knows what it owes.

The values that the program has there by name, what its other lines compute, and what
two or three names give: the plainest first. Comes in the statement with a stand-in; go
out expressions in its place, to be tried by whoever can tell what comes right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .chains import negated, times
from .kinds_product import matmul, transposed
from .kinds_rebuild import standard
from .places import BEFORE, Atom
from .proposal import Proposal, says, swap
from .spelling import spell
from .view import View

SAME = 14  # arrays of the blank's shape that are joined with each other,
ANY = 14  # and arrays of any shape that are multiplied
NUMBERS = 6


def supply(view: View) -> Iterator[Proposal]:
    """Expressions for a blank, from the plainest on; the prior says how plain."""
    root = view.frame.main
    seen = set()
    for prior, new in _values(view):
        text = spell(new)
        if text not in seen:
            seen.add(text)
            why = says("{new} is what the lines below need", new=new)
            yield swap(root, new, "unknown", why, prior)


def _values(view: View) -> Iterator[tuple[float, ast.expr]]:
    here = [a for a in view.scene.atoms if not a.text.endswith(BEFORE)]
    shape = view.shape(view.frame.main)
    same = sorted((a for a in here if a.shape == shape), key=lambda a: a.prior)
    for atom in same:
        yield 0.0, atom.node
    for text in view.scene.need.derived:
        yield 0.01, ast.parse(text, mode="eval").body
    for atom in same:
        yield 0.02, negated(atom.node)
    for join in (ast.Sub(), ast.Mult(), ast.Div(), ast.Add()):
        for a, b in _pairs(same[:SAME], join):
            yield 0.03, ast.BinOp(a.node, join, b.node)
    for new in _products(view, [a for a in here if a.shape][:ANY]):
        yield 0.04, new
        yield 0.05, negated(new)
    for new in standard(view):
        yield 0.06, new
    yield from _longer(view, same, here)


def _pairs(same: list[Atom], join: ast.operator) -> Iterator[tuple[Atom, Atom]]:
    ordered = isinstance(join, ast.Sub | ast.Div)
    for i, a in enumerate(same):
        for k, b in enumerate(same):
            if i < k or (ordered and i != k):
                yield a, b


def _products(view: View, arrays: list[Atom]) -> Iterator[ast.expr]:
    for a in arrays:
        for b in arrays:
            if len(a.shape) == len(b.shape) == 1:
                if a is not b:
                    yield view.scene.fill("np.outer(A, B)", A=a.node, B=b.node)
                continue
            for left in _sides(a):
                for right in _sides(b):
                    yield matmul(view, left, right)


def _sides(atom: Atom) -> Iterator[ast.expr]:
    yield atom.node
    if len(atom.shape) == 2:
        yield transposed(atom.node)


def _longer(
    view: View, same: list[Atom], here: list[Atom]
) -> Iterator[tuple[float, ast.expr]]:
    """What is added to what was there, and three names."""
    own = [a for a in same if a.text == view.scene.need.target]
    others = [a for a in same if a not in own][:SAME]
    numbers = [a for a in here if not a.shape and isinstance(a.value, float)][:NUMBERS]
    for atom in own:
        for a in others:
            for join in (ast.Add(), ast.Sub()):
                yield 0.07, ast.BinOp(atom.node, join, a.node)
                for number in numbers:
                    part = times(number.node, a.node)
                    yield 0.08, ast.BinOp(atom.node, join, part)
        for a, b in _pairs(others[:8], ast.Sub()):
            sum_ = ast.BinOp(atom.node, ast.Add(), a.node)
            yield 0.08, ast.BinOp(sum_, ast.Sub(), b.node)
    for number in numbers:
        for a in others:
            yield 0.09, times(number.node, a.node)
            yield 0.09, ast.BinOp(a.node, ast.Div(), number.node)
