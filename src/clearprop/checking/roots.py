"""Running means of which a step takes the root: the second moments of Adam and its kin.

A right program may have a first moment that goes on from a second one: while both are
zero, as in a first step, nothing shows it. ``crossed`` finds it in the text, and the
checker tries the mend.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clearprop.checking.reading import Reading

if TYPE_CHECKING:  # a right program needs no search for mends
    from clearprop.checking.mending import Mend

PLACES = ast.Name | ast.Attribute | ast.Subscript
Assignment = ast.Assign | ast.AugAssign


def under_roots(tree: ast.AST) -> set[str]:
    """What a program takes the root of: ``v``, also of ``np.sqrt(v / (1 - b2**t))``."""
    found: set[str] = set()
    for node in ast.walk(tree):
        for under in under_root(node):
            found |= {ast.unparse(n) for n in places_in(under)}
    for node in ast.walk(tree) if found else ():  # v_hat = v / (1 - b2**t)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in found:
            found |= {ast.unparse(n) for n in places_in(node.value)}
    return found


def under_root(node: ast.AST) -> list[ast.expr]:
    """What a root is taken of here: of ``np.sqrt(v)``, and of ``v ** 0.5``."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return node.args if name == "sqrt" else []
    power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    half = power and getattr(node.right, "value", None) == 0.5  # type: ignore[attr-defined]
    return [node.left] if half else []  # type: ignore[attr-defined]


def places_in(node: ast.AST) -> list[ast.expr]:
    """The names, attributes and entries that an expression speaks of."""
    return [n for n in ast.walk(node) if isinstance(n, PLACES)]


def target_of(statement: Assignment) -> ast.expr:
    """What a statement gives a new value."""
    if isinstance(statement, ast.AugAssign):
        return statement.target
    return statement.targets[0]


def crossed(reading: Reading) -> Iterator[tuple[ast.Assign, Mend]]:
    """``m = 0.9 * v + 0.1 * g``, where ``v`` is a mean of squares and ``m`` is none."""
    source = reading.observed.source
    rooted = under_roots(source.tree)
    if not rooted:
        return
    statements = [n for n in ast.walk(source.tree) if isinstance(n, ast.Assign)]
    squares = {
        text
        for n in statements
        if (text := ast.unparse(n.targets[0])) in rooted and _reads(n.value, text)
    }
    for statement in statements if squares else ():
        target = ast.unparse(statement.targets[0])
        others = [n for n in places_in(statement.value) if ast.unparse(n) in squares]
        if target in rooted or len(others) != 1 or _reads(statement.value, target):
            continue
        if not _begins_elsewhere(statements, statement):
            continue  # the m_bar of Nadam
        from clearprop.checking.adaptive_slips import of_itself
        from clearprop.checking.mending import applied

        for edit in of_itself(statement):
            if edit.old == ast.unparse(others[0]):
                mend = applied(source, statement, edit)
                if mend is not None:
                    yield statement, mend


def _reads(value: ast.expr, text: str) -> bool:
    return any(ast.unparse(n) == text for n in places_in(value))


def _begins_elsewhere(statements: list[ast.Assign], statement: ast.Assign) -> bool:
    """Whether a place has a value before: ``m = np.zeros(3)``, ``m = {}``."""
    base = ast.unparse(statement.targets[0]).partition("[")[0]
    return any(
        ast.unparse(target) == base
        for other in statements
        if other is not statement
        for target in (*other.targets, *getattr(other.targets[0], "elts", ()))
    )
