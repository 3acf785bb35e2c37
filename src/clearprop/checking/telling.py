"""What the text of a line, and of its mend, tells of whether the slip is there.

Of several lines that a small edit mends some are likelier than others: one that does
nothing as it is, or one from which something goes that stands there plainly. Comes in a
statement and an edit of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from clearprop.checking.mend.chains import Part, factors
from clearprop.checking.need import Edit
from clearprop.checking.trial import target_text

_COUNT = re.compile(  # how many examples there are
    r"(n|m|N|M|B|T|bs|\w*batch\w*|n_\w+|num_\w+|\w*(samples|examples|records))"
    r"|len\(.*\)|.*\.size|.*\.shape\[\d+\]"
)


def does_nothing(statement: ast.stmt) -> bool:
    """``db = db``, ``dx /= 1``, ``1.0 * d @ x``: something was to be done there."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return False
    if isinstance(statement, ast.AugAssign):
        return isinstance(statement.op, ast.Mult | ast.Div) and _is_one(value)
    same = isinstance(statement, ast.Assign) and (
        ast.unparse(value) == target_text(statement)
    )
    parts = factors(value)
    return same or any(
        _is_one(part.node) and (part.inverted or not following.inverted)
        for part, following in zip(parts, [*parts[1:], Part(value)])
        if len(parts) > 1  # 1 / m is no such factor
    )


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def oddity(was: ast.stmt, edit: Edit) -> int:
    """How many minuses more the mended statement has: ``dh = -(dz @ W.T)`` has one.

    Where as well one of ``-X.T @ dz`` may go, or ``a - 1`` be turned, that is the slip.
    So it is with a constant: where the 2 of ``dW += 2 * x * dz`` may go, or the count
    of ``d @ W.T / m``, no other line lacks a half. A step is turned by a minus that
    goes with it: ``W -= -lr * dW`` has two, and nobody writes that.
    """
    mended = edit.parsed
    if edit.mistake == "scale":
        for constant in (_is_number, _is_count):
            if _count(mended, constant) < _count([was], constant):
                return -1
        return int(_count(mended, _is_any) > _count([was], _is_any))
    if edit.mistake == "update-sign":
        return sum(map(_takes_minus, mended)) - _takes_minus(was)
    if edit.mistake not in ("sign", "wrong-derivative"):
        return 0
    return _count(mended, _is_minus) - _count([was], _is_minus)


def has_constants(statement: ast.stmt) -> bool:
    """Whether a statement's products have numbers or counts as factors."""
    return bool(numbers_of(statement)) or _count([statement], _is_count) > 0


def numbers_of(statement: ast.stmt) -> list[float]:
    """The numbers that a statement's products have as factors, but for 1."""
    found = []
    for node in ast.walk(statement):
        times = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div)
        for part in factors(node) if times else ():  # type: ignore[arg-type]
            plain = part.node
            if isinstance(plain, ast.UnaryOp):
                plain = plain.operand
            value = plain.value if isinstance(plain, ast.Constant) else None
            if isinstance(value, int | float) and value not in (0, 1):
                found.append(1 / value if part.inverted else float(value))
    return list(dict.fromkeys(found))


def _takes_minus(step: ast.stmt) -> bool:
    """``W -= -lr * dW``, which takes away what has a minus already."""
    if not isinstance(step, ast.AugAssign) or not isinstance(step.op, ast.Sub):
        return False
    return any(isinstance(part.node, ast.UnaryOp) for part in factors(step.value))


def _count(statements: list[ast.stmt], counts: Callable[[ast.AST], bool]) -> int:
    return sum(counts(node) for part in statements for node in ast.walk(part))


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_count(node: ast.AST) -> bool:
    """``m`` of ``a / m``: what a product is divided by, or multiplied."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult | ast.Div):
        return False
    sides = [node.right] if isinstance(node.op, ast.Div) else [node.left, node.right]
    return any(_COUNT.fullmatch(ast.unparse(n)) for n in sides)


def _is_minus(node: ast.AST) -> bool:
    return isinstance(node, ast.USub | ast.Sub)


def _is_any(node: ast.AST) -> bool:
    return True
