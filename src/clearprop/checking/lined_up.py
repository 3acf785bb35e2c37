"""Arrays that NumPy lines up where nobody meant it: ``pred - y`` of (N,) and (N, 1).

What comes of that is a table, every number with every other, and the sums that follow
run through without a word. No other value of the line's own shape would be right, so
the edit is tried in the program, as where ``=`` stands for ``+=``. Comes in a reading,
go out the lines that make such a table, each with one of the two turned to fit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from clearprop.checking.marking import Site
from clearprop.checking.mend.spelling import spell, substituted
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading
from clearprop.checking.roles import places
from clearprop.checking.shapeof import Shape, shape_of
from clearprop.graph import Node

MOST = 6  # edits that are tried
_JOINS = (ast.Add, ast.Sub, ast.Mult, ast.Div)


def lined_up(reading: Reading) -> Iterator[tuple[int, Mend]]:
    """Lines whose operands make a table, each with an edit that lets them fit."""
    book, source = reading.observed.marks, reading.observed.source
    tried = 0
    for number in dict.fromkeys(m.site for m in book.marked):
        site = reading.observed.sites[number]
        scope = book.scopes.get((number, 0), {})
        shapes = {p: v.shape for p, v in places(scope) if isinstance(v, Node)}
        for edit in _edits(site, shapes):
            mend = applied(source, site.statement, edit)
            if mend is not None and tried < MOST:
                tried += 1
                yield number, mend


def _edits(site: Site, shapes: dict[str, Shape]) -> Iterator[Edit]:
    value = getattr(site.statement, "value", None)
    for node in ast.walk(value) if isinstance(value, ast.expr) else ():
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, _JOINS):
            continue
        left, right = shape_of(node.left, shapes), shape_of(node.right, shapes)
        table = _table(left, right)
        if left is None or right is None or table is None or _is_meant(node):
            continue
        why = (
            f"{spell(node.left)} is {left} and {spell(node.right)} is {right}: NumPy "
            f"makes a table of {table} of them, each number with every other"
        )
        for old, shape in ((node.right, right), (node.left, left)):
            for new in _fitting(old, shape):
                statement = substituted(site.statement, {id(old): new})
                yield Edit(
                    statement=spell(statement), old=spell(old), new=spell(new),
                    mistake="shape", why=f"{why}. {spell(new)} fits", cost=1.0,
                )  # fmt: skip


def _table(left: Shape | None, right: Shape | None) -> Shape | None:
    """What two shapes give that neither of them has."""
    if not left or not right:
        return None
    try:
        table = np.broadcast_shapes(left, right)
    except ValueError:
        return None
    return table if table not in (left, right) else None


def _is_meant(node: ast.BinOp) -> bool:
    """``g[:, None] * x`` says that a table is wanted."""
    return any(
        (isinstance(n, ast.Constant) and n.value is None)
        or (isinstance(n, ast.Attribute) and n.attr in ("newaxis", "reshape"))
        for n in ast.walk(node)
    )


def _fitting(node: ast.expr, shape: Shape) -> Iterator[ast.expr]:
    """A column or a row as a vector, a vector as a column."""
    text = ast.unparse(node)
    if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        text = f"({text})"
    for fits, form in (
        (len(shape) == 2 and shape[1] == 1, "[:, 0]"),
        (len(shape) == 2 and shape[0] == 1, "[0]"),
        (len(shape) == 1, "[:, None]"),
    ):
        if fits:
            yield ast.parse(f"{text}{form}", mode="eval").body
