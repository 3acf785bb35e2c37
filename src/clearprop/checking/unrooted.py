"""A mean of squares that nothing reads, below it a root of something else.

``p -= rate * m_hat / (np.sqrt(eps) + eps)`` beside a ``v_hat`` that goes nowhere: each
step is a multiple of the gradient inside, and right as such, but nobody computes a
``v_hat`` for nothing. Comes in a run that was judged right; go out the lines that take
the root, each with the unread name under it; the checker tries them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clearprop.checking.rates import factors
from clearprop.checking.reading import Reading
from clearprop.checking.roots import (
    PLACES,
    Assignment,
    places_in,
    under_root,
    under_roots,
)
from clearprop.trace.loss import rank

if TYPE_CHECKING:  # a right program needs no search for mends
    from clearprop.checking.mending import Mend


def unrooted(reading: Reading) -> Iterator[tuple[Assignment, Mend]]:
    """``np.sqrt(eps)`` in a step, where ``v_hat`` was to be there."""
    tree = reading.observed.source.tree
    lines = {line for update in reading.updates for line in update.lines}
    shapes = {update.before.shape for update in reading.updates}
    made = {b.place for b in reading.own if b.node.shape in shapes}
    for scope in ast.walk(tree) if under_roots(tree) else ():
        if not isinstance(scope, ast.Module | ast.FunctionDef):
            continue
        assigned = [n for n in ast.walk(scope) if isinstance(n, Assignment)]
        for statement, name in _unread(scope, assigned):
            below = [n for n in assigned if n.lineno > statement.lineno]
            if name in made and rank(name) is None:
                steps = [n for n in below if n.lineno in lines]
                yield from _with_root_of(reading, steps, name)


def _unread(
    scope: ast.AST, assigned: list[Assignment]
) -> Iterator[tuple[ast.Assign, str]]:
    """Names for a mean of squares, or a multiple of one, that only it reads itself."""
    squares: set[str] = set()
    for statement in assigned:
        if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
            continue
        target, value = statement.targets[0], statement.value
        texts = {ast.unparse(n) for n in places_in(value)}
        if not isinstance(target, ast.Name) or not isinstance(value, ast.BinOp):
            continue
        sum_ = isinstance(value.op, ast.Add)
        mean = sum_ and any(map(_is_square, ast.walk(value)))
        if not mean and squares.isdisjoint(texts):
            continue
        squares.add(target.id)
        within = {id(n) for n in ast.walk(statement)}
        if not any(
            isinstance(n, ast.Name)
            and n.id == target.id
            and isinstance(n.ctx, ast.Load)
            and id(n) not in within
            for n in ast.walk(scope)
        ):
            yield statement, target.id


def _is_square(node: ast.AST) -> bool:
    """``g ** 2``, ``g * g``, and ``np.square(g)``."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", "") == "square"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return getattr(node.right, "value", None) == 2
    parts = [ast.unparse(n) for n in factors(node)]
    return len(set(parts)) < len(parts)


def _with_root_of(
    reading: Reading, statements: list[Assignment], name: str
) -> Iterator[tuple[Assignment, Mend]]:
    from clearprop.checking.mend.spelling import spell, substituted
    from clearprop.checking.mending import applied
    from clearprop.checking.need import Edit

    for statement in statements:
        for node in ast.walk(statement.value):
            for under in under_root(node):
                if not isinstance(under, PLACES):
                    continue
                new = ast.Name(name, ast.Load())
                edit = Edit(
                    statement=spell(substituted(statement, {id(under): new})),
                    old=spell(under), new=name, mistake="wrong-operand", cost=1.0,
                    why=f"the root is taken of {name}, which nothing else reads, and "
                    f"not of {spell(under)}",
                )  # fmt: skip
                mend = applied(reading.observed.source, statement, edit)
                if mend is not None:
                    yield statement, mend
