"""What a part of a statement would have to be, for the whole to be what was wanted.

``dt = dout * h`` owes a value; divided by ``dout`` it is what has to stand in place of
``h``. Where only sums, differences, products and quotients lie between a part and the
statement, this is solved backwards, at the first run. A part that is known so can be
looked up among the values in scope, at a few entries and all of them at once, instead
of trying every one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .evaluate import evaluate
from .places import Atom
from .spelling import spell
from .view import View

ENTRIES = 6  # that a value is looked at: the trial looks at all
FEWEST = 3  # that must be known, where a part counts in some places only
NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Owed:
    """What a part has to be at a few of its entries, and what it is there."""

    shape: tuple[int, ...]
    entries: np.ndarray  # of the flat array
    wanted: np.ndarray
    found: np.ndarray

    def at(self, value: np.ndarray) -> np.ndarray | None:
        """A value in scope at the same entries; None where it doesn't fit in."""
        try:
            whole = np.broadcast_to(value, self.shape)
        except ValueError:
            return None
        return np.asarray(whole.flat[self.entries], float)

    def is_met(self, values: np.ndarray) -> np.ndarray:
        """Which rows of a table are what is wanted."""
        size = np.max(np.abs(self.wanted))
        with np.errstate(all="ignore"):
            near = np.abs(values - self.wanted) <= NEAR * size
        return np.asarray(near.all(axis=-1))


def owed(view: View, site: ast.expr) -> Owed | None:
    """What has to stand at an operand; None where it can't be told."""
    if view.trial.factors != (1.0,):
        return None
    way = [site]
    while way[-1] is not view.frame.main:
        above = view.frame.parents.get(id(way[-1]))
        if not isinstance(above, ast.expr):
            return None
        way.append(above)
    wanted = _of_main(view)
    for below, above in zip(way[-2::-1], way[:0:-1]):
        if wanted is None:
            return None
        with np.errstate(all="ignore"):
            wanted = _below(view, above, below, wanted)
    value = view.value(site)
    if wanted is None or not wanted.size or view.shape(site) is None:
        return None
    shape = np.broadcast_shapes(wanted.shape, np.shape(value))
    if shape != wanted.shape:
        return None
    finite = np.flatnonzero(np.isfinite(wanted))
    if finite.size < min(FEWEST, wanted.size):
        return None
    flat = np.abs(wanted.ravel()[finite])
    entries = finite[np.argsort(-flat, kind="stable")[:ENTRIES]]
    here = np.broadcast_to(np.asarray(value, float), shape)
    return Owed(shape, entries, wanted.flat[entries], here.flat[entries])


def table(owed: Owed, atoms: list[Atom]) -> tuple[list[Atom], np.ndarray]:
    """The values that fit in, and their entries, one row each."""
    rows = [
        (a, row) for a in atoms if (row := owed.at(np.asarray(a.value))) is not None
    ]
    fitting = [a for a, _ in rows]
    found = np.array([row for _, row in rows])
    return fitting, found.reshape(len(rows), len(owed.entries))


def _of_main(view: View) -> np.ndarray | None:
    """What the statement's expression has to be."""
    statement, target = view.frame.statement, view.frame.target
    wanted = view.wanted
    if isinstance(statement, ast.Assign | ast.AugAssign):
        places = (
            statement.targets
            if isinstance(statement, ast.Assign)
            else [statement.target]
        )
        place = places[0]
        if isinstance(statement, ast.AugAssign):
            return _of_step(view, statement, wanted) if spell(place) == target else None
        written = isinstance(place, ast.Subscript) and spell(place) != target
        item = view.scene.need.item
        if len(places) > 1 or (written and item is None):
            return None
    elif not isinstance(statement, ast.Return):
        return None
    now = view.shape(view.frame.main)
    return wanted if now == wanted.shape else None


def _of_step(
    view: View, statement: ast.AugAssign, wanted: np.ndarray
) -> np.ndarray | None:
    scope = view.trial.runs[0].scope
    try:
        place = ast.parse(spell(statement.target), mode="eval").body
        before: np.ndarray = np.asarray(evaluate(place, scope, {}), float)
    except Exception:
        return None
    if before.shape != wanted.shape:
        return None
    if isinstance(statement.op, ast.Add | ast.Sub):
        moved: np.ndarray = wanted - before
        return moved if isinstance(statement.op, ast.Add) else -moved
    return None


def _below(
    view: View, above: ast.expr, below: ast.expr, wanted: np.ndarray
) -> np.ndarray | None:
    """One step down: the operand that gives the wanted value of an operation."""
    if isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.USub):
        return -wanted
    if isinstance(above, ast.Attribute) and above.attr == "T":
        return wanted.T
    if isinstance(above, ast.Call):
        return _below_call(view, above, below, wanted)
    if not isinstance(above, ast.BinOp):
        return None
    return _operand(view, above.op, (above.left, above.right), below, wanted)


_CALLED = {
    "add": ast.Add, "subtract": ast.Sub, "multiply": ast.Mult, "divide": ast.Div,
}  # fmt: skip


def _erfinv(y: np.ndarray) -> np.ndarray:
    from scipy.special import erfinv  # there, where a program has erf of an array

    return np.asarray(erfinv(y))


# What a function was given, from what it gave.
_INVERSE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exp": np.log, "log": np.exp, "sqrt": np.square, "tanh": np.arctanh,
    "expm1": np.log1p, "log1p": np.expm1, "sinh": np.arcsinh, "arctan": np.tan,
    "erf": _erfinv,
}  # fmt: skip


def _below_call(
    view: View, above: ast.Call, below: ast.expr, wanted: np.ndarray
) -> np.ndarray | None:
    name = getattr(above.func, "attr", getattr(above.func, "id", ""))
    if name in _CALLED and len(above.args) == 2:
        first, second = above.args
        return _operand(view, _CALLED[name](), (first, second), below, wanted)
    if name == "where" and len(above.args) == 3 and below is not above.args[0]:
        chosen = np.asarray(view.value(above.args[0]), bool)
        taken = chosen if below is above.args[1] else ~chosen
        return np.where(taken, wanted, np.nan)
    if name in _INVERSE and above.args == [below] and not above.keywords:
        flat = name in ("tanh", "erf")  # where these are, nothing can be told
        return _INVERSE[name](np.where(flat & (np.abs(wanted) > 0.999), np.nan, wanted))
    return None


def _operand(
    view: View,
    op: ast.operator,
    sides: tuple[ast.expr, ast.expr],
    below: ast.expr,
    wanted: np.ndarray,
) -> np.ndarray | None:
    left = below is sides[0]
    other = view.value(sides[1] if left else sides[0])
    if not isinstance(other, np.ndarray | int | float | np.number):
        return None
    match op:
        case ast.Add():
            return wanted - other
        case ast.Sub():
            return wanted + other if left else other - wanted
        case ast.Mult():
            return _apart(wanted, np.asarray(other, float))
        case ast.Div():
            there = np.asarray(other, float)
            return wanted * there if left else _apart(there, wanted)
    return None


def _apart(wanted: np.ndarray, other: np.ndarray) -> np.ndarray | None:
    """A quotient; nothing is known where both are zero."""
    made: np.ndarray = np.asarray(wanted / other)
    return None if np.isinf(made).any() else made
