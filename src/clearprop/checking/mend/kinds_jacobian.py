"""The Jacobian of a softmax, written as a matrix: ``np.diag(p) - np.outer(p, p)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from .places import Atom
from .proposal import Proposal, says, swap
from .view import View

_DIAGONALS = ("diag", "diagflat")
_OF_VECTOR = "np.diag(P) - np.outer(P, P)"
_OF_COLUMN = "np.diagflat(P) - np.dot(P, P.T)"


def makes_diagonal(node: ast.AST) -> bool:
    """Whether an expression calls ``np.diag`` or ``np.diagflat``."""
    return any(
        isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr in _DIAGONALS
        for n in ast.walk(node)
    )


def jacobian(view: View) -> Iterator[Proposal]:
    """``np.diag(p * (1 - p))``, its diagonal alone, where the whole matrix is owed."""
    sites = [n for n in view.operands if makes_diagonal(n)]
    for site in sites:
        shape = view.shape(site) or ()
        if len(shape) != 2 or shape[0] != shape[1]:
            continue
        for p in view.scene.atoms:
            if np.size(p.value) == shape[0] and _is_share(p):
                form = _OF_VECTOR if len(p.shape) == 1 else _OF_COLUMN
                new = view.scene.fill(form, P=p.node)
                why = says(
                    "{p} is a softmax, whose outputs all depend on each input: its "
                    "Jacobian is {new}",
                    p=p.node,
                    new=new,
                )
                yield swap(site, new, "softmax-jacobian", why, 0.01 + p.prior)


def stands_in(view: View, site: ast.expr) -> bool:
    """Whether a part holds such a matrix, by its text or by its value."""
    if makes_diagonal(site):
        return True
    names = (n for n in ast.walk(site) if isinstance(n, ast.Name))
    squares = (view.value(n) for n in names if len(set(view.shape(n) or ())) == 1)
    return any(_is_jacobian(np.asarray(value)) for value in squares)


def _is_jacobian(value: np.ndarray) -> bool:
    """A symmetric matrix, positive along its diagonal and nowhere else."""
    if value.ndim != 2 or value.shape[0] != value.shape[1] or len(value) < 2:
        return False
    if value.dtype.kind != "f" or not np.allclose(value, value.T):
        return False
    apart = value[~np.eye(len(value), dtype=bool)]
    return bool((value.diagonal() > 0).all() and (apart <= 0).all())


def _is_share(p: Atom) -> bool:
    value = np.asarray(p.value)
    if value.dtype.kind != "f" or not value.ndim or not (value > 0).all():
        return False
    return value.size == max(value.shape) > 1 and bool(np.isclose(value.sum(), 1))
