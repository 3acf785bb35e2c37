"""Edits at the slope of an activation: left out, at the wrong point, or misspelt."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

import numpy as np

from .chains import times
from .kinds_turned import TWINS
from .places import Atom
from .proposal import Proposal, Why, says, swap
from .slopes import Slope, helper_form, recognised, slope_of
from .spelling import fill, spell, substituted
from .view import Group, View


def missing_derivative(view: View) -> Iterator[Proposal]:
    """``* a * (1 - a)`` behind a product, whole or by the factor that is missing."""
    for site in view.chains:
        shape = view.shape(site)
        if not shape and view.wanted.shape:
            continue  # a number among arrays has no slope of its own
        if np.asarray(view.value(site)).dtype.kind in "iu":
            continue  # nor have rows and labels
        compared = [n.left for n in ast.walk(site) if isinstance(n, ast.Compare)]
        known = set(map(spell, compared))  # mask > 0 has the mask, without its scale
        for slope in view.slopes:
            if fits_in(slope.shape, shape) and spell(slope.node) not in known:
                yield swap(
                    site,
                    times(site, slope.node),
                    "wrong-derivative" if view.is_formula else "missing-derivative",
                    _missing(slope),
                    slope.prior,
                )


def _missing(slope: Slope) -> Why:
    def why() -> str:
        if not slope.fragment:
            return f"{slope.says()}: it is missing"
        part = spell(slope.node)
        part = f"({part})" if " " in part else part
        return f"{slope.says()}: the factor {part} is missing"

    return why


def fits_in(inner: tuple[int, ...], outer: tuple[int, ...] | None) -> bool:
    """Whether a factor of shape ``inner`` leaves the shape ``outer`` as it is."""
    if outer is None:
        return False
    try:
        return np.broadcast_shapes(inner, outer) == outer
    except ValueError:
        return False


def called_with_upstream(view: View) -> Iterator[Proposal]:
    """``relu_backward(dA, Z)``: the program's own step through an activation."""
    for helper in view.scene.helpers:
        if "back" not in helper.text and "grad" not in helper.text:
            continue
        for site in view.chains:
            for atom in near(view, view.shape(site)):
                new = fill("F(G, X)", {"F": helper.node, "G": site, "X": atom.node})
                yield swap(
                    site,
                    new,
                    "missing-derivative",
                    says(
                        "the step back through the activation, {step}, is missing",
                        step=fill("F(X)", {"F": helper.node, "X": atom.node}),
                    ),
                    0.05,
                )


def near(view: View, shape: tuple[int, ...] | None) -> list[Atom]:
    """Arrays of this shape."""
    return [a for a in view.scene.atoms if a.shape == shape]


def wrong_point(view: View) -> Iterator[Proposal]:
    """The array in a slope replaced by another, at all its mentions at once."""
    for group in view.groups if not view.is_lone else ():
        leaves = {
            id(leaf): leaf
            for i in group.members
            for leaf in view.leaves_in(group.parts[i].node)
            if spell(leaf) == group.text
        }
        if _bare(view, group):
            continue
        for atom in near(view, view.shape(next(iter(leaves.values())))):
            if atom.text == group.text:
                continue
            new = substituted(group.site, dict.fromkeys(leaves, atom.node))
            why = _other_point(group, atom.text)
            mistake = "derivative-at-wrong-point"
            yield swap(group.site, new, mistake, why, atom.prior)
    yield from _wrong_argument(view)


def _bare(view: View, group: Group) -> bool:
    return len(group.members) == 1 and any(
        group.parts[group.members[0]].node is leaf for leaf in view.leaves
    )


def _other_point(group: Group, right: str) -> Why:
    return says(
        "{slope} is a slope taken at {wrong}; it is owed at {right}",
        slope=group.node,
        wrong=group.text,
        right=right,
    )


def _wrong_argument(view: View) -> Iterator[Proposal]:
    """``sigmoid_prime(np.dot(x, w))``, and ``dsigmoid(self.z)`` of another shape."""
    for call in view.operands:
        if not isinstance(call, ast.Call) or len(call.args) != 1:
            continue
        helper = next(
            (h for h in view.scene.helpers if h.text == spell(call.func)), None
        )
        if helper is None:
            continue
        (argument,) = call.args
        for atom in view.scene.atoms:
            if atom.text != spell(argument):
                yield swap(
                    argument,
                    atom.node,
                    "derivative-at-wrong-point",
                    says(
                        "{f} is taken at {wrong}; the slope is owed at {right}",
                        f=call.func,
                        wrong=argument,
                        right=atom.node,
                    ),
                    0.01 + atom.prior,
                )


def wrong_derivative(view: View) -> Iterator[Proposal]:
    """What stands where a slope is owed, replaced by the right slope."""
    for group in view.groups:
        shape = view.shape(group.parts[group.members[0]].node)
        for slope in view.slopes:
            if slope.fragment or slope.shape != shape:
                continue
            new = group.replaced(slope.node)
            yield _as_slope(view, group, slope, new)


def _as_slope(view: View, group: Group, slope: Slope, new: ast.expr) -> Proposal:
    old = group.node
    formula = recognised(old)
    inside = ""
    if isinstance(old, ast.Call):
        helper = next(
            (h for h in view.scene.helpers if h.text == spell(old.func)), None
        )
        form = helper_form(helper) if helper else ""
        formula = slope_of(helper, form) if helper and form else formula
        inside = spell(old.func) if helper else ""
    if formula and formula == slope.function:
        mistake = "derivative-at-wrong-point"
    else:
        mistake = "wrong-derivative"

    def why() -> str:
        return f"{slope.says()}, not {spell(old)}"

    return swap(group.site, new, mistake, why, 0.05 + slope.prior, inside)


def wrong_step(view: View) -> Iterator[Proposal]:
    """``relu_backward(dA, z)``, a step through an activation that is wrong inside."""
    for call in view.operands:
        if not isinstance(call, ast.Call) or len(call.args) < 2:
            continue
        if not any(h.text == spell(call.func) for h in view.scene.helpers):
            continue
        for argument in call.args:
            for slope in view.slopes:
                if slope.fragment or slope.shape != view.shape(argument):
                    continue
                yield swap(
                    call,
                    times(argument, slope.node),
                    "wrong-derivative",
                    _not_inside(slope, call),
                    0.06 + slope.prior,
                    spell(call.func),
                )


def _not_inside(slope: Slope, call: ast.Call) -> Why:
    return lambda: f"{slope.says()}, which is not what {spell(call.func)} multiplies by"


def compared(view: View) -> Iterator[Proposal]:
    """``x >= 0`` where ``x == out`` is meant: the mask of a maximum."""
    for node in view.operands:
        if not isinstance(node, ast.Compare) or len(node.comparators) != 1:
            continue
        if not isinstance(node.comparators[0], ast.Constant):
            continue
        shape = view.shape(node.left) or ()
        for atom in view.scene.atoms:
            fits = atom.shape and fits_in(atom.shape, shape)
            if not fits or view.scene.is_gradient(atom.text):
                continue
            for odd, op in ((0.05, ast.Eq()), (0.07, node.ops[0])):
                new = ast.Compare(node.left, [op], [atom.node])
                why = says("the mask is {new}, not {old}", new=new, old=node)
                yield swap(node, new, "wrong-derivative", why, odd + atom.prior)


def other_helper(view: View) -> Iterator[Proposal]:
    """``sigmoid(z)`` where ``sigmoid_prime(z)`` is owed: another function's name."""
    for call in view.operands:
        if not isinstance(call, ast.Call):
            continue
        wrote = spell(call.func)
        own = any(h.text == wrote for h in view.scene.helpers)
        elementwise = wrote.startswith("np.") and len(call.args) == 1
        elementwise = elementwise and not wrote.endswith("_like")
        if not own and not elementwise:
            continue
        for helper in view.scene.helpers:
            if helper.text in (wrote, TWINS.get(wrote)):
                continue  # nor is a convolution a slope
            new = copy.copy(call)
            new.func = helper.node
            yield swap(
                call,
                new,
                "wrong-derivative",
                says("the slope is {f}, not {wrote}", f=helper.node, wrote=wrote),
                0.02,
            )
