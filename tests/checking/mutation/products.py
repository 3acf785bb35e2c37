"""Products taken apart: their factors, and which of them are an activation's slope."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .names import is_reference, is_slope_call
from .reading import Reading
from .text import same


@dataclass(frozen=True)
class Slope:
    """The factors of one product that together are the slope of an activation.

    ``kind``: "sigmoid" for ``a * (1 - a)``, "tanh" for ``1 - a**2``, "mask" for a
    comparison, "call" for a helper. ``at`` is where it is taken, if that is a name.
    """

    kind: str
    factors: tuple[ast.expr, ...]
    at: ast.expr | None


def is_multiply(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in (
        "np.multiply",
        "numpy.multiply",
    )


def factors(node: ast.expr) -> list[ast.expr]:
    """What is multiplied elementwise, from left to right, divisors left out."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return factors(node.left) + factors(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return factors(node.left)
    if is_multiply(node):
        assert isinstance(node, ast.Call)
        return [factor for part in node.args for factor in factors(part)]
    return [node]


def without_factors(node: ast.expr, gone: Collection[ast.expr]) -> ast.expr | None:
    """The product with some factors left out; None when nothing remains."""
    if node in gone:
        return None
    product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
    if product or is_multiply(node):
        one, other = (
            (node.left, node.right) if isinstance(node, ast.BinOp) else node.args  # type: ignore[attr-defined]
        )
        left, right = without_factors(one, gone), without_factors(other, gone)
        if left is None or right is None:
            return left if right is None else right
        if isinstance(node, ast.BinOp):
            return ast.BinOp(left, ast.Mult(), right)
        assert isinstance(node, ast.Call)
        return ast.Call(node.func, [left, right], [])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        top = without_factors(node.left, gone)
        return None if top is None else ast.BinOp(top, ast.Div(), node.right)
    return node


def products(reading: Reading, root: ast.expr) -> Iterator[ast.expr]:
    """The largest elementwise products inside an expression, and the expression."""
    inner: set[int] = set()
    for node in ast.walk(root):
        if not isinstance(node, ast.expr) or id(node) in inner:
            continue
        is_product = isinstance(node, ast.BinOp) and isinstance(
            node.op, ast.Mult | ast.Div
        )
        if is_product or is_multiply(node):
            inner |= {id(part) for part in _spine(node)}
            yield node
    if not isinstance(root, ast.BinOp | ast.Call):
        yield root


def _spine(node: ast.expr) -> Iterator[ast.expr]:
    yield node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield from _spine(node.left)
        if isinstance(node.op, ast.Mult):
            yield from _spine(node.right)
    elif is_multiply(node):
        assert isinstance(node, ast.Call)
        for part in node.args:
            yield from _spine(part)


def slopes(product: ast.expr) -> list[Slope]:
    parts = factors(product)
    found = []
    for factor in parts:
        if is_slope_call(factor):
            assert isinstance(factor, ast.Call)
            at = factor.args[0] if factor.args else None
            found.append(Slope("call", (factor,), at))
        elif is_mask(factor):
            found.append(Slope("mask", (factor,), _compared(factor)))
        elif (squared := one_minus_square(factor)) is not None:
            found.append(Slope("tanh", (factor,), squared))
        elif (rest := one_minus(factor)) is not None:
            for other in parts:
                if other is not factor and same(other, rest):
                    found.append(Slope("sigmoid", (other, factor), other))
                    break
    return found


def one_minus(node: ast.AST) -> ast.expr | None:
    """``a`` of ``1 - a``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        one = isinstance(node.left, ast.Constant) and node.left.value == 1
        return node.right if one else None
    return None


def one_minus_square(node: ast.AST) -> ast.expr | None:
    """``a`` of ``1 - a**2``, in any spelling of the square."""
    square = one_minus(node)
    if isinstance(square, ast.BinOp):
        two = isinstance(square.right, ast.Constant) and square.right.value == 2
        if isinstance(square.op, ast.Pow) and two:
            return square.left
        if isinstance(square.op, ast.Mult) and same(square.left, square.right):
            return square.left
    squares = ("np.square", "np.power")
    if isinstance(square, ast.Call) and ast.unparse(square.func) in squares:
        return square.args[0]
    return None


def is_mask(node: ast.AST) -> bool:
    """``(z > 0)``, ``(z > 0).astype(float)``, ``np.where(z > 0, 1, 0)``."""
    if isinstance(node, ast.Compare):
        return isinstance(node.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "astype":
            return is_mask(node.func.value)
        if node.func.attr == "where" and len(node.args) == 3:
            constants = all(
                isinstance(branch, ast.Constant | ast.Name) for branch in node.args[1:]
            )
            return is_mask(node.args[0]) and constants
    return False


def _compared(node: ast.expr) -> ast.expr | None:
    for part in ast.walk(node):
        if isinstance(part, ast.Compare):
            return part.left if is_reference(part.left) else None
    return None
