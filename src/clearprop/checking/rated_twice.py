"""A rate that stands twice in one step: ``W2 -= lr * lr * dW2 / np.sqrt(c2)``.

An adaptive rule hides what scales the gradient inside, so that no value of the line
says what it owes; the edit is tried in the program, as where ``=`` stands for ``+=``.
Comes in a judgement, go out the steps with the rate once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from clearprop.checking.constants import step_lines
from clearprop.checking.judgement import Judgement
from clearprop.checking.mend.chains import factors, product, without
from clearprop.checking.mend.spelling import spell, substituted
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading


def rated_once(reading: Reading, judgement: Judgement) -> Iterator[tuple[int, Mend]]:
    """Edits that take a repeated rate away, with their site."""
    source = reading.observed.source
    lines: set[int] = set()
    for outcome in judgement.outcomes:
        if outcome.inner is not None and outcome.update and not outcome.right:
            lines |= step_lines(judgement.scene, outcome.update)
    for site in reading.observed.sites if lines else ():
        statement = site.statement
        if not isinstance(statement, ast.Assign | ast.AugAssign):
            continue
        edit = _once(statement) if statement.lineno in lines else None
        mend = applied(source, statement, edit) if edit is not None else None
        if mend is not None:
            yield site.number, mend


def _once(statement: ast.Assign | ast.AugAssign) -> Edit | None:
    """The statement without the second of two equal names in a product."""
    for node in ast.walk(statement.value):
        if not isinstance(node, ast.BinOp):
            continue
        parts = factors(node)
        seen: set[str] = set()
        for i, part in enumerate(parts):
            text = spell(part.node)
            plain = isinstance(part.node, ast.Name | ast.Attribute)
            if plain and not part.inverted and text in seen:
                new = product(without(parts, [i]))
                made = substituted(statement, {id(node): new})
                return Edit(
                    statement=spell(made), old=spell(node), new=spell(new),
                    mistake="scale", why=f"{text} is there twice", cost=1.0,
                )  # fmt: skip
            seen |= {text} if plain and not part.inverted else set()
    return None
