"""Products and sums as flat lists: ``a * b / c`` is three factors, ``a - b`` two terms.

Most mends take a factor away, add one, or put another in its place; on the flat list
that is a list operation, and the tree is built from it again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A factor or a term; ``inverted``: it divides, or it is subtracted."""

    node: ast.expr
    inverted: bool = False


def factors(node: ast.expr) -> list[Part]:
    return _parts(node, ast.Mult, ast.Div)


def terms(node: ast.expr) -> list[Part]:
    return _parts(node, ast.Add, ast.Sub)


def _parts(
    node: ast.expr, together: type[ast.operator], against: type[ast.operator]
) -> list[Part]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, together):
        left = _parts(node.left, together, against)
        return left + _parts(node.right, together, against)
    if isinstance(node, ast.BinOp) and isinstance(node.op, against):
        left = _parts(node.left, together, against)
        right = _parts(node.right, together, against)
        return left + [Part(p.node, not p.inverted) for p in right]
    return [Part(node)]


def product(parts: Sequence[Part]) -> ast.expr:
    """The factors joined again, from left to right."""
    return _joined(parts, ast.Mult(), ast.Div(), ast.Constant(1))


def total(parts: Sequence[Part]) -> ast.expr:
    """The terms joined again."""
    if parts and parts[0].inverted:
        first = negated(parts[0].node)
        return total([Part(first), *parts[1:]])
    return _joined(parts, ast.Add(), ast.Sub(), ast.Constant(0))


def _joined(
    parts: Sequence[Part],
    together: ast.operator,
    against: ast.operator,
    neutral: ast.expr,
) -> ast.expr:
    made = neutral
    for position, part in enumerate(parts):
        if position == 0 and not part.inverted:
            made = part.node
        else:
            made = ast.BinOp(made, against if part.inverted else together, part.node)
    return made


def times(node: ast.expr, factor: ast.expr) -> ast.expr:
    """``node * factor``, factor by factor: ``d * a * (1 - a)``."""
    return product([*factors(node), *factors(factor)])


def over(node: ast.expr, divisor: ast.expr) -> ast.expr:
    return ast.BinOp(node, ast.Div(), divisor)


def negated(node: ast.expr) -> ast.expr:
    """``-node``, with the minus on the first factor and never two of them."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    parts = factors(node)
    if len(parts) > 1 and not parts[0].inverted:
        return product([Part(negated(parts[0].node)), *parts[1:]])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return ast.BinOp(negated(node.left), node.op, node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return ast.BinOp(node.right, ast.Sub(), node.left)
    return ast.UnaryOp(ast.USub(), node)


def without(parts: Sequence[Part], gone: Iterable[int]) -> list[Part]:
    left_out = set(gone)
    return [p for i, p in enumerate(parts) if i not in left_out]
