"""What the text of an update says of its rate.

Two weights may have rates of their own, 0.1 and 0.01, and both be right. The same rate
twice in one step, ``lr * lr * dW``, is a mistake even where the numbers are alike. So
are two numbers, ``2 * (0.1 * dW)``, where the step of another weight has one.
"""

from __future__ import annotations

import ast
from functools import lru_cache


@lru_cache(maxsize=64)
def _twice(tree: ast.AST) -> dict[int, dict[str, bool]]:
    """Whether each assignment has a product with one name, or two numbers, in it."""
    found: dict[int, dict[str, bool]] = {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
        elif isinstance(statement, ast.AugAssign):
            target = statement.target
        else:
            continue
        twice = any(_has_two_rates(node) for node in ast.walk(statement.value))
        found.setdefault(statement.lineno, {})[ast.unparse(target)] = twice
    return found


def _has_two_rates(node: ast.AST) -> bool:
    """``lr * lr * dW``; or ``2 * (0.1 * dW)``, which nobody's own rate looks like."""
    parts = factors(node)
    texts = [ast.unparse(n) for n in parts if _is_plain(n)]
    numbers = [n for n in parts if isinstance(n, ast.Constant) and n.value != 1]
    return len(set(texts)) < len(texts) or len(numbers) > 1


def twice_scaled(tree: ast.AST, line: int, place: str) -> bool:
    """Whether the statement on a line that moves a place multiplies twice."""
    found = _twice(tree).get(line, {})
    return found.get(place, any(found.values()))


@lru_cache(maxsize=8)
def _written(tree: ast.AST) -> dict[int, float]:
    """The one number that each step is multiplied by: the 0.5 of ``W -= 0.5 * dW``."""
    found: dict[int, float] = {}
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.Assign | ast.AugAssign):
            continue
        step = _step(statement)
        if step is None:
            continue
        numbers = [
            float(n.value)
            for n in (_numerator(n) for n in factors(step))
            if isinstance(n, ast.Constant) and isinstance(n.value, int | float)
        ]
        if len(numbers) == 1:
            found[statement.lineno] = numbers[0]
    return found


def _step(statement: ast.Assign | ast.AugAssign) -> ast.expr | None:
    """What is added or taken away: of ``W -= step``, and of ``W = W - step``."""
    if isinstance(statement, ast.AugAssign):
        return statement.value
    if len(statement.targets) != 1:
        return None
    sum_ = statement.value
    if not isinstance(sum_, ast.BinOp) or not isinstance(sum_.op, ast.Add | ast.Sub):
        return None
    again = ast.unparse(sum_.left) == ast.unparse(statement.targets[0])
    return sum_.right if again else None


def written_rate(tree: ast.AST, line: int) -> float | None:
    """The rate that an update has as a number of its own, or None."""
    return _written(tree).get(line)


def _numerator(node: ast.AST) -> ast.AST:
    """The 0.5 of ``0.5 * A.T @ du``."""
    while isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Sub):
        node = node.left
    return node


def factors(node: ast.AST) -> list[ast.AST]:
    """The operands of a product, each as often as it stands there."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*factors(node.left), *factors(node.right)]
    if isinstance(node, ast.UnaryOp):
        return factors(node.operand)
    return [node]


def _is_plain(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)
