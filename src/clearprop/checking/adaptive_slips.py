"""Slips in the text of a step whose rule hides what scales the gradient inside.

``W2 -= lr * lr * dW2 / np.sqrt(c2)`` has its rate twice, ``W2 -= 2 * (…)`` has a 2 that
the others haven't, ``p += rate * decay * p`` beside Adam lets the weight grow, and
``v = 0.999 * v + 0.001 * g`` lacks a square, or the step its root. No value of such a
line says what it owes; the edit is tried in the program, as where ``=`` stands for
``+=``. Comes in a judgement, go out edits with their sites.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain

from clearprop.checking.constants import step_lines
from clearprop.checking.judgement import Judgement
from clearprop.checking.mend.chains import factors, product, terms, without
from clearprop.checking.mend.spelling import spell, substituted
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import Edit
from clearprop.checking.reading import Reading
from clearprop.checking.roots import PLACES, places_in, target_of, under_roots


def adaptive_slips(
    reading: Reading, judgement: Judgement
) -> Iterator[tuple[int, Mend]]:
    """Mends of steps that are wrong: one rate, no 2 beside it, squares and roots."""
    source = reading.observed.source
    scaled: set[int] = set()
    decayed: set[int] = set()
    for outcome in judgement.outcomes:
        if outcome.update is None or outcome.right:
            continue
        if outcome.inner is not None:
            scaled |= step_lines(judgement.scene, outcome.update)
        elif outcome.match is None:
            decayed |= {outcome.line, *outcome.update.lines}
    rooted = under_roots(reading.observed.source.tree) if decayed else set()
    kept = rooted | {
        spell(place)
        for site in reading.observed.sites
        if site.statement.lineno in decayed
        for place in places_in(site.statement)
    }
    for site in reading.observed.sites if scaled or decayed else ():
        statement = site.statement
        if not isinstance(statement, ast.Assign | ast.AugAssign):
            continue
        edits = chain(
            _once(statement) if statement.lineno in scaled else (),
            _shrunk(statement) if statement.lineno in decayed else (),
            _squared(statement) if spell(target_of(statement)) in rooted else (),
            of_itself(statement) if spell(target_of(statement)) in kept else (),
        )
        for edit in edits:
            mend = applied(source, statement, edit)
            if mend is not None:
                yield site.number, mend


def _shrunk(statement: ast.Assign | ast.AugAssign) -> Iterator[Edit]:
    """``p -= rate * decay * p`` for ``p += …``."""
    if not isinstance(statement, ast.AugAssign):
        return
    target, value = spell(statement.target), spell(statement.value)
    parts = [spell(part.node) for part in factors(statement.value) if not part.inverted]
    if isinstance(statement.op, ast.Add) and len(parts) > 1 and target in parts:
        yield Edit(
            statement=f"{target} -= {value}", old="+=", new="-=",
            mistake="regularization", cost=1.0,
            why=f"weight decay makes {target} smaller: {value} is taken away from it",
        )  # fmt: skip


def _once(statement: ast.Assign | ast.AugAssign) -> Iterator[Edit]:
    """The statement without the second of two equal names in a product, or a 2."""
    for node in ast.walk(statement.value):
        if not isinstance(node, ast.BinOp):
            continue
        parts = factors(node)
        seen: set[str] = set()
        for i, part in enumerate(parts):
            text = spell(part.node)
            named = isinstance(part.node, ast.Name | ast.Attribute)
            doubled = isinstance(part.node, ast.Constant) and part.node.value == 2
            if not part.inverted and (doubled or (named and text in seen)):
                new = product(without(parts, [i]))
                made = substituted(statement, {id(node): new})
                says = "the factor 2 is one too many"
                yield Edit(
                    statement=spell(made), old=spell(node), new=spell(new),
                    mistake="scale", cost=1.0,
                    why=says if doubled else f"{text} is there twice",
                )  # fmt: skip
            seen |= {text} if named and not part.inverted else set()


def of_itself(statement: ast.Assign | ast.AugAssign) -> Iterator[Edit]:
    """``v = b * v + (1 - b) * g**2`` for one that keeps ``b * m``."""
    target = target_of(statement)
    added = terms(statement.value)
    if isinstance(statement, ast.AugAssign) or len(added) < 2:
        return
    if any(spell(target) in map(spell, places_in(term.node)) for term in added):
        return
    for term in added:
        for part in factors(term.node):
            if isinstance(part.node, PLACES):
                made = substituted(statement, {id(part.node): target})
                old, new = spell(part.node), spell(target)
                yield Edit(
                    statement=spell(made), old=old, new=new,
                    mistake="wrong-operand", cost=1.0,
                    why=f"{new} goes on from its own last value, not from {old}",
                )  # fmt: skip


def _squared(statement: ast.Assign | ast.AugAssign) -> Iterator[Edit]:
    """``v = 0.999 * v + 0.001 * g**2`` for one without the square."""
    target = spell(target_of(statement))
    added = terms(statement.value)
    if isinstance(statement, ast.Assign):
        before = [t for t in added if target in map(spell, places_in(t.node))]
        if not before or len(added) == len(before):
            return  # v_hat = v / (1 - b2**t)
        added = [t for t in added if t not in before]
    for term in added:
        for part in factors(term.node):
            text = spell(part.node)
            if part.inverted or not isinstance(part.node, PLACES):
                continue
            square = ast.BinOp(part.node, ast.Pow(), ast.Constant(2))
            made = substituted(statement, {id(part.node): square})
            yield Edit(
                statement=spell(made), old=text, new=spell(square),
                mistake="wrong-operand", cost=1.0,
                why=f"the root is taken of {target}, which adds up squares: {text} "
                "isn't squared",
            )  # fmt: skip
