"""Edits of one operand to what it has to be: ``h - x`` for h, ``sign(w)`` for w.

Which operand it is and what it is combined with is told from the value that it owes
(see ``solved``), so that every value in scope can be looked at. What can't be solved
for, the operands of a matrix product, is tried with its neighbours in a product only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import numpy as np

from ..need import BEFORE
from .kinds_product import matmul
from .places import Atom
from .proposal import Proposal, says, swap
from .solved import Owed, owed, table
from .spelling import spell
from .view import View

Rows = np.ndarray

# How an operand X and a value A of the scope are combined: the form, its value, the
# mistake that it mends, what is said of it, and how odd it is.
_JOINED: tuple[tuple[str, Callable[[Rows, Rows], Rows], str, str, float], ...] = (
    ("X - A", lambda x, a: x - a, "wrong-operand",
     "{x} - {a} is meant, not {x} alone", 0.1),
    ("X + A", lambda x, a: x + a, "wrong-operand",
     "{x} + {a} is meant, not {x} alone", 0.1),
    ("X * A", lambda x, a: x * a, "", "the factor {a} is missing", 0.12),
    ("X / A", lambda x, a: x / a, "", "the factor 1 / {a} is missing", 0.12),
    ("X * np.sign(A)", lambda x, a: x * np.sign(a), "wrong-derivative",
     "the slope of an absolute value at {a} is its sign, np.sign({a})", 0.14),
    ("X * A**2", lambda x, a: x * a**2, "wrong-derivative",
     "the factor {a}**2 is missing", 0.16),
    ("X / A**2", lambda x, a: x / a**2, "wrong-derivative",
     "the factor 1 / {a}**2 is missing", 0.16),
    ("X / np.sqrt(A)", lambda x, a: x / np.sqrt(a), "",
     "the factor 1 / np.sqrt({a}) is missing", 0.16),
)  # fmt: skip
DISTINCT = 3  # values, with which a formula is one
# What may stand in place of X itself.
_ALONE: tuple[tuple[str, Callable[[Rows], Rows], str], ...] = (
    ("np.sign(X)", np.sign, "the slope of an absolute value is its sign"),
    ("X**2", lambda x: x**2, "the formula has {x} squared"),
    ("X**3", lambda x: x**3, "the formula has the third power of {x}"),
    ("np.sqrt(X)", np.sqrt, "the formula has the square root of {x}"),
    ("1 / X", lambda x: 1 / x, "{x} is upside down"),
    ("np.abs(X)", np.abs, "the formula has the size of {x}, without its sign"),
    ("np.exp(X)", np.exp, "the exponential of {x} is its own slope"),
)
# What may stand in place of what a function is given: np.exp(-(x**2) / 2).
_WITHIN: tuple[tuple[str, float], ...] = (
    ("X / 2", 1 / 2), ("2 * X", 2.0), ("X / np.sqrt(2)", 1 / np.sqrt(2)),
    ("np.sqrt(2) * X", np.sqrt(2)), ("-X", -1.0),
)  # fmt: skip


def solved_operand(view: View) -> Iterator[Proposal]:
    """Each operand as it has to be, written with itself and one value more."""
    atoms = [a for a in view.scene.atoms if not a.text.endswith(BEFORE)]
    for site in view.operands:
        what = owed(view, site)
        if what is None or isinstance(site, ast.Constant):
            continue
        with np.errstate(all="ignore"):
            yield from _within(view, site, what)
            yield from _alone(view, site, what)
            yield from _joined(view, site, what, atoms)


def _alone(view: View, site: ast.expr, what: Owed) -> Iterator[Proposal]:
    if len(np.unique(what.found)) < DISTINCT:
        return  # the root of 1 and 0.01 is 1 and 0.1: chance, of a mask's two values
    for form, value, says_so in _ALONE:
        if value is np.sign and not np.any(what.found < 0):
            continue  # 1 wherever it counts: nobody takes the size of that
        if what.is_met(value(what.found)):
            new = view.scene.fill(form, X=site)
            why = says(says_so + ": {new} is meant, not {x}", x=site, new=new)
            yield swap(site, new, "wrong-derivative", why, 0.1)


def _within(view: View, site: ast.expr, what: Owed) -> Iterator[Proposal]:
    call = view.frame.parents.get(id(site))
    if not isinstance(call, ast.Call) or call.args != [site]:
        return
    for form, times in _WITHIN:
        if what.is_met(times * what.found):
            new = view.scene.fill(form, X=site)
            why = says("{new} is meant, not {x}, in {call}", new=new, x=site, call=call)
            yield swap(site, new, "wrong-derivative", why, 0.08)


def _joined(
    view: View, site: ast.expr, what: Owed, atoms: list[Atom]
) -> Iterator[Proposal]:
    fitting, rows = table(what, atoms)
    if not fitting:
        return
    text = spell(site)
    for form, value, mistake, says_so, prior in _JOINED:
        for i in np.flatnonzero(what.is_met(value(what.found, rows))):
            atom = fitting[int(i)]
            if atom.text == text:
                continue
            code = mistake or _of_factor(view, atom)
            if view.in_slope(site):
                code = "wrong-derivative"
            if view.scene.is_gradient(atom.text):
                code = "dropped-upstream"
            new = view.scene.fill(form, X=site, A=atom.node)
            why = says(says_so, a=atom.node, x=site)
            yield swap(site, new, code, why, prior + atom.prior)


def _of_factor(view: View, atom: Atom) -> str:
    """A number is a scale; an array is what a forward step has multiplied by."""
    return "missing-derivative" if atom.shape else "scale"


def through_a_product(view: View) -> Iterator[Proposal]:
    """``(A @ X).T`` for ``X.T``: the forward pass has multiplied it before."""
    squares = [
        a for a in view.scene.atoms
        if len(a.shape) == 2 and a.shape[0] == a.shape[1] > 1
        and not view.scene.is_gradient(a.text)
    ][:8]  # fmt: skip
    for site in view.leaves:
        shape = view.shape(site) or ()
        if len(shape) != 2:
            continue
        for atom in squares:
            if atom.text == spell(site):
                continue
            for new in _multiplied(view, site, shape, atom):
                why = says(
                    "the forward pass has {new} here, not {old}", new=new, old=site
                )
                yield swap(site, new, "wrong-operand", why, 0.1 + atom.prior)


def _multiplied(
    view: View, site: ast.expr, shape: tuple[int, ...], atom: Atom
) -> Iterator[ast.expr]:
    turned = view.scene.fill("A.T", A=atom.node)
    if atom.shape[0] == shape[0]:
        yield matmul(view, atom.node, site)
        yield matmul(view, turned, site)
    if atom.shape[0] == shape[1]:
        yield matmul(view, site, atom.node)
        yield matmul(view, site, turned)
