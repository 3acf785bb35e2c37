"""Edits of how the value is stored: ``=`` for ``+=`` and the reverse."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

import numpy as np

from .evaluate import evaluate
from .proposal import Proposal, Why, says
from .spelling import spell
from .view import View


def store(view: View) -> Iterator[Proposal]:
    statement = view.frame.statement
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        place = statement.targets[0]
        goes_on = spell(place) in map(spell, view.leaves)  # dh = dh * slope adds none
        if not goes_on and isinstance(place, ast.Name | ast.Attribute | ast.Subscript):
            for op in (ast.Add(), ast.Sub()):
                if isinstance(op, ast.Sub) and not _holds(view, place):
                    continue  # nothing is thrown away: a minus is all that is missing
                added = ast.AugAssign(place, op, statement.value)
                yield _stored(added, "overwritten-accumulator", _overwrites(place))
    if isinstance(statement, ast.AugAssign):
        yield from _augmented(view, statement)
        yield from _left_out(view, statement)


def _holds(view: View, place: ast.expr) -> bool:
    """Whether the place holds a contribution already."""
    try:
        return bool(np.any(evaluate(_loaded(place), view.trial.runs[0].scope, {})))
    except Exception:
        return False


def _augmented(view: View, statement: ast.AugAssign) -> Iterator[Proposal]:
    place = statement.target
    plain = ast.Assign([place], statement.value, lineno=statement.lineno)
    yield _stored(
        plain,
        "overwritten-accumulator",
        says("{place} starts afresh here: = and not +=", place=place),
        0.02,
    )
    at = unbuffered(statement)
    if at is not None and isinstance(place, ast.Subscript):
        sign, name = (
            ("+=", "np.add.at")
            if isinstance(statement.op, ast.Add)
            else ("-=", "np.subtract.at")
        )
        yield _stored(
            at,
            "overwritten-accumulator",
            says(
                f"where {{index}} repeats a row, {sign} keeps only one of its "
                f"contributions: {name} takes them all",
                index=place.slice,
            ),
        )
    if isinstance(statement.op, ast.Add | ast.Sub):
        turned = copy.copy(statement)
        turned.op = ast.Sub() if isinstance(statement.op, ast.Add) else ast.Add()
        moves = view.scene.is_weight(view.frame.target)
        minus = isinstance(statement.value, ast.UnaryOp)  # which rather goes away
        other = "regularization" if view.in_penalty(statement.value) else "sign"
        yield _stored(
            turned,
            "update-sign" if moves else other,
            says(
                "{place} moves uphill: {value} has the opposite sign"
                if moves
                else "{value} has the opposite sign",
                place=place,
                value=statement.value,
            ),
            0.1 if minus else 0.0,
        )


def unbuffered(statement: ast.AugAssign) -> ast.Expr | None:
    """``np.add.at(X, I, V)`` for ``X[I] += V``, where I may repeat an entry."""
    place = statement.target
    if not isinstance(place, ast.Subscript):
        return None
    if not isinstance(statement.op, ast.Add | ast.Sub):
        return None
    parts = place.slice.elts if isinstance(place.slice, ast.Tuple) else [place.slice]
    if all(isinstance(p, ast.Slice | ast.Constant | ast.UnaryOp) for p in parts):
        return None
    name = "np.add.at" if isinstance(statement.op, ast.Add) else "np.subtract.at"
    index = ", ".join(map(_as_index, parts))
    index = f"({index})" if isinstance(place.slice, ast.Tuple) else index
    text = (
        f"{name}({ast.unparse(place.value)}, {index}, {ast.unparse(statement.value)})"
    )
    made = ast.parse(text).body[0]
    assert isinstance(made, ast.Expr)
    return made


def _as_index(part: ast.expr) -> str:
    """``slice(None)`` for the ``:`` of ``x[:, rows]``, which is no value by itself."""
    if not isinstance(part, ast.Slice):
        return ast.unparse(part)
    ends = [part.lower, part.upper, part.step]
    while len(ends) > 1 and ends[-1] is None:
        ends.pop()
    words = ["None" if e is None else ast.unparse(e) for e in ends]
    if len(words) == 1:
        return "slice(None)" if words == ["None"] else f"slice({words[0]}, None)"
    return f"slice({', '.join(words)})"


def _left_out(view: View, statement: ast.AugAssign) -> Iterator[Proposal]:
    """The line is one too many: a second slope, a decay of a bias."""
    if view.scene.is_weight(view.frame.target):
        return
    mistake, prior = "wrong-operand", 0.05
    if isinstance(statement.op, ast.Mult | ast.Div):
        if any(view.scene.is_softmax(t) for t in view.texts(statement.value)):
            mistake = "softmax-jacobian"
        elif view.in_slope(statement.value):
            mistake = "wrong-derivative"
        elif not view.shape(statement.value):
            mistake = "scale"
    elif view.in_penalty(statement.value):
        mistake, prior = "regularization", 0.0
    yield _stored(
        ast.Pass(),
        mistake,
        says(
            "{place} is right before this line: it is one too many",
            place=statement.target,
        ),
        prior,
    )


def _overwrites(place: ast.expr) -> Why:
    return says(
        "{place} already holds a contribution, and = throws it away: += adds",
        place=place,
    )


def _stored(
    statement: ast.stmt, mistake: str, why: Why, prior: float = 0.0
) -> Proposal:
    return Proposal((), mistake, why, prior, statement=statement)


def _loaded(place: ast.expr) -> ast.expr:
    made = copy.copy(place)
    made.ctx = ast.Load()  # type: ignore[attr-defined]
    return made
