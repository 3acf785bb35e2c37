"""The step back through a softmax, whose outputs all depend on each input.

``p * (1 - p)`` is the diagonal of its slope only; the whole takes from each entry of
the upstream gradient the mean that its row has under ``p``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from .chains import Part, factors, product, without
from .kinds_jacobian import stands_in
from .kinds_product import upstream
from .places import Atom
from .proposal import Proposal, Why, says, swap
from .spelling import spell
from .view import View

_WHOLE = "P * (G - np.sum(G * P, axis={axis}, keepdims=True))"
_METHOD = "P * (G - (G * P).sum(axis={axis}, keepdims=True))"
_ONE_ROW = "P * (G - np.sum(G * P))"


def softmax_step(view: View) -> Iterator[Proposal]:
    """``p * (1 - p)``, or nothing, where the whole step back is owed."""
    for p in view.scene.atoms:
        if not p.shape or not view.scene.is_softmax(p.text):
            continue
        for site in view.chains:
            if view.shape(site) == p.shape:
                yield from _at(view, site, p)


def _at(view: View, site: ast.expr, p: Atom) -> Iterator[Proposal]:
    if stands_in(view, site):
        return  # the step is there, by a matrix
    parts = factors(site)
    own = [i for i, part in enumerate(parts) if view.texts(part.node) == {p.text}]
    rest = without(parts, own)
    if any(p.text in view.texts(part.node) and _mixed(part.node) for part in rest):
        return  # if wrongly
    mistake = "softmax-jacobian" if own else "missing-derivative"
    for incoming, outside in _split(view, rest, p):
        yield _proposed(view, site, p, incoming, outside, mistake, 0.02)
    if own or spell(site) != p.text:
        for g in upstream(view):
            if g.shape == p.shape:
                yield _proposed(view, site, p, g.node, [], mistake, 0.15)


def _mixed(node: ast.expr) -> bool:
    """Whether p is multiplied by something: as in ``dp * p``, not ``p - t``."""
    return any(
        isinstance(n, ast.Call)
        or (isinstance(n, ast.BinOp) and not isinstance(n.op, ast.Add | ast.Sub))
        for n in ast.walk(node)
    )


def _split(
    view: View, rest: list[Part], p: Atom
) -> Iterator[tuple[ast.expr, list[Part]]]:
    """The upstream gradient, and the numbers that may as well stay outside."""
    if not rest:
        return
    numbers = [q for q in rest if view.shape(q.node) == ()]
    arrays = [q for q in rest if view.shape(q.node) != ()]
    if arrays and not arrays[0].inverted:
        yield product(arrays), numbers


def _proposed(
    view: View,
    site: ast.expr,
    p: Atom,
    incoming: ast.expr,
    outside: list[Part],
    mistake: str,
    prior: float,
) -> Proposal:
    step = view.scene.fill(_form(view, p), P=p.node, G=incoming)
    new = product([*factors(step), *outside]) if outside else step
    return swap(site, new, mistake, _mixes(p, step), prior)


def _form(view: View, p: Atom) -> str:
    if len(p.shape) == 1:
        return _ONE_ROW
    sums = np.sum(p.value, axis=0)
    axis = 0 if np.allclose(sums, 1) and p.shape[0] > 1 else 1
    form = _METHOD if view.scene.style.sums_by_method else _WHOLE
    return form.format(axis=axis if len(p.shape) == 2 else -1)


def _mixes(p: Atom, step: ast.expr) -> Why:
    return says(
        "{p} is a softmax, whose outputs all depend on each input: the step back "
        "through it is {step}",
        p=p.node,
        step=step,
    )
