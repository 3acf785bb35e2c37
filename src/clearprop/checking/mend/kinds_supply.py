"""What may stand in a blank of which nobody knows what it owes.

The values that the program has there by name, what its other lines compute, and what
two or three names give: the plainest first. Comes in the statement with a stand-in; go
out expressions in its place, to be tried by whoever can tell what comes right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..need import BEFORE
from .chains import negated, over, times
from .kinds_product import matmul, transposed
from .kinds_rebuild import standard
from .places import Atom
from .proposal import Proposal, says, swap
from .spelling import name, rebuilt, spell
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
    target = view.scene.need.target
    alike = [a for a in here if bare(a.shape) == bare(shape or ())]
    every = sorted(alike, key=lambda a: (a.prior, a.shape != shape))
    same = [a for a in every if a.text != target]
    for atom in same:
        yield 0.0, _by_key(view, atom.node)
    for text in view.scene.need.derived:
        yield 0.01, ast.parse(text, mode="eval").body
    for atom in every:
        if atom.text == target:
            yield from _added(view, atom, same, here)
    for atom in same:
        yield 0.03, negated(atom.node)
    for join in (ast.Sub(), ast.Mult(), ast.Div(), ast.Add()):
        for a, b in _pairs(same[:SAME], join):
            yield 0.04, ast.BinOp(a.node, join, b.node)
    for new in _exponentials(view, same, here):
        yield 0.05, new
    counts = [a for a in _numbers(view, here) if view.scene.is_count(a.text)]
    for new in _products(view, [a for a in here if a.shape][:ANY]):
        yield 0.06, new
        yield 0.07, negated(new)
        for count in counts:
            yield 0.08, over(new, count.node)
    for new in standard(view):
        yield 0.08, new
        yield 0.08, negated(new)
    for new in _sloped(view, same):
        yield 0.09, new
        yield 0.09, negated(new)
    for number in _numbers(view, here):
        for a in same:
            yield 0.09, times(number.node, a.node)
            yield 0.09, ast.BinOp(a.node, ast.Div(), number.node)


def _by_key(view: View, node: ast.expr) -> ast.expr:
    """``grads[name]`` for ``grads['w']``, in a loop in which name is that."""
    keys = {v: k for k, v in view.scene.scope.items() if isinstance(v, str)}

    def part(inner: ast.AST) -> ast.AST | None:
        if isinstance(inner, ast.Constant) and inner.value in keys:
            return name(keys[str(inner.value)])
        return None

    return rebuilt(node, part) if keys else node


def bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without its axes of length 1: a running value may begin with others."""
    return tuple(n for n in shape if n != 1)


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
                    shape = _multiplied(left[1], right[1])
                    if shape == view.shape(view.frame.main):
                        yield matmul(view, left[0], right[0])


def _sides(atom: Atom) -> Iterator[tuple[ast.expr, tuple[int, ...]]]:
    yield atom.node, atom.shape
    if len(atom.shape) == 2:
        yield transposed(atom.node), atom.shape[::-1]


def _multiplied(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of a matrix product, of at most two axes each."""
    inner = b[-2] if len(b) > 1 else b[0]
    if max(len(a), len(b)) > 2 or a[-1] != inner:
        return None
    return (*a[:-1], *b[1:])


def _added(
    view: View, atom: Atom, same: list[Atom], here: list[Atom]
) -> Iterator[tuple[float, ast.expr]]:
    """What is added to what the target held, or shares it out."""
    for a in same[:SAME]:
        for join in (ast.Add(), ast.Sub()):
            yield 0.02, ast.BinOp(atom.node, join, a.node)
    for a, b in _pairs(same[:SAME], ast.Sub()):
        sum_ = ast.BinOp(atom.node, ast.Add(), a.node)
        yield 0.02, ast.BinOp(sum_, ast.Sub(), b.node)
    numbers = [a for a in here if not a.shape]
    for a in numbers:
        yield 0.02, ast.BinOp(atom.node, ast.Div(), a.node)
    for weight in (a for a in same if view.scene.is_weight(a.text)):
        for a in _numbers(view, here):
            term = times(a.node, weight.node)
            yield 0.02, ast.BinOp(atom.node, ast.Add(), term)
            for b in numbers[:NUMBERS]:
                shared = ast.BinOp(atom.node, ast.Div(), b.node)
                yield 0.02, ast.BinOp(shared, ast.Add(), term)


def _sloped(view: View, same: list[Atom]) -> Iterator[ast.expr]:
    """``d * w[j] * h[j] * (1 - h[j])``, entry by entry."""
    shape = view.shape(view.frame.main)
    slopes = [s for s in view.slopes if s.shape == shape and not s.fragment][:12]
    weights = [a for a in same if view.scene.is_weight(a.text)][:8]
    for g in (a for a in same if view.scene.is_gradient(a.text)):
        for w in weights:
            for slope in slopes:
                yield times(times(g.node, w.node), slope.node)


def _exponentials(view: View, same: list[Atom], here: list[Atom]) -> Iterator[ast.expr]:
    """Probabilities, where only their logarithms have a name."""
    fill = view.scene.fill
    for a in same:
        for b in here:
            if len(a.shape) == 2 and b.shape == a.shape[:1]:
                yield fill("np.exp(A - B[:, None])", A=a.node, B=b.node)
            elif b.shape in ((), (*a.shape[:1], 1)) and b is not a:
                yield fill("np.exp(A - B)", A=a.node, B=b.node)
        yield fill("np.exp(A)", A=a.node)


def _numbers(view: View, here: list[Atom]) -> list[Atom]:
    """Numbers that a value is multiplied with or divided by."""
    return [
        a
        for a in here
        if not a.shape and (isinstance(a.value, float) or view.scene.is_count(a.text))
    ][:NUMBERS]
