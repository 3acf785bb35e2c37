"""Edits that put one value of the program in place of another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from ..need import BEFORE
from .chains import factors
from .places import Atom, fields, has_fields
from .proposal import Proposal, Why, says, swap
from .spelling import name, spell
from .view import View

_POINT = "the slope is taken at {old}; it is owed at {new}"
_REDUCES = ("sum", "mean", "max", "min")
_LINED_UP = "NumPy lines {old} up along the wrong axis: {new} fits"
_BELONGS = "{new} belongs here, not {old}"


def before_the_update(view: View) -> Iterator[Proposal]:
    """``W2`` is read after this step has moved it, and so may be ``W1``."""
    found = []
    for text, leaves in _mentions(view).items():
        atom = view.scene.by_text.get(text + BEFORE)
        if atom is None and text + BEFORE in view.scene.scope:
            key = text + BEFORE
            atom = Atom(key, name(key), view.scene.scope[key])
        if atom is not None:
            why = _moved(text, text + BEFORE)
            found.append(_everywhere(leaves, atom, "updated-weight", why, 0.0))
            yield found[-1]
    if len(found) > 1:
        swaps = [swap for one in found for swap in one.swaps]
        texts = list(dict.fromkeys(spell(old) for old, _ in swaps))
        why = says(
            "{texts} are read after this step has moved them: the gradient belongs to "
            "the weights of the forward pass, {rights}",
            texts=" and ".join(texts),
            rights=" and ".join(text + BEFORE for text in texts),
        )
        yield Proposal(tuple(swaps), "updated-weight", why)


def _moved(text: str, right: str) -> Why:
    return says(
        "{text} is read after this step has moved it: the gradient belongs to the "
        "weights of the forward pass, {right}",
        text=text,
        right=right,
    )


def _everywhere(
    leaves: list[ast.expr], atom: Atom, mistake: str, why: Why, prior: float
) -> Proposal:
    swaps = tuple((leaf, atom.node) for leaf in leaves)
    return Proposal(swaps, mistake, why, prior)


def _mentions(view: View) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for leaf in view.leaves:
        found.setdefault(spell(leaf), []).append(leaf)
    return found


def wrong_operand(view: View) -> Iterator[Proposal]:
    """Each value replaced by each other one, at one mention and at all."""
    for text, leaves in _mentions(view).items():
        places = [[leaf] for leaf in leaves]
        if len(leaves) > 1:
            places.append(leaves)
        for atom in [*view.scene.atoms, *_columns(view)]:
            if atom.text == text or atom.text.endswith(BEFORE):
                continue
            for where in places:
                if not atom.shape and _is_reduced(view, where[0]):
                    continue  # of one number there is no maximum
                mistake, why = _named(view, where[0], atom)
                prior = _misfit(atom, view.shape(where[0])) + atom.prior
                of = _indexed(view, where[0])
                if of is not None and not _is_read(view, of, atom):
                    prior += 0.05
                yield _everywhere(where, atom, mistake, why, prior)


def _is_reduced(view: View, leaf: ast.expr) -> bool:
    """Whether a value is all that a sum or a maximum is taken of."""
    above = view.frame.parents.get(id(leaf))
    if isinstance(above, ast.Attribute):
        return above.attr in _REDUCES
    return (
        isinstance(above, ast.Call)
        and isinstance(above.func, ast.Attribute)
        and above.func.attr in _REDUCES
        and leaf in above.args[:1]
    )


def _indexed(view: View, leaf: ast.expr) -> ast.expr | None:
    """The array whose index a value is, on either side: ``W`` of ``W[i] -= step``."""
    above = view.frame.parents.get(id(leaf))
    if isinstance(above, ast.Subscript) and above.slice is leaf:
        return above.value
    return next(
        (
            n.value
            for n in ast.walk(view.frame.statement)
            if isinstance(n, ast.Subscript) and n.slice is leaf
        ),
        None,
    )


def _is_read(view: View, of: ast.expr, atom: Atom) -> bool:
    """Whether other lines read an array at this index, as in ``h = W[center]``."""
    entry = ast.Subscript(of, atom.node, ast.Load())
    return spell(entry) in map(spell, view.scene.need.reads)


def _columns(view: View) -> Iterator[Atom]:
    """A number for each row of a matrix, as the column that it has to be there."""
    rows = view.wanted.shape[:1] if view.wanted.ndim == 2 else None
    for atom in view.scene.atoms:
        if atom.shape == rows:
            node = view.scene.fill("X[:, None]", X=atom.node)
            yield Atom(spell(node), node, atom.value[:, None], atom.prior + 0.02)


def _misfit(atom: Atom, shape: tuple[int, ...] | None) -> float:
    """How unlikely another shape is: in an array's place hardly a number is meant."""
    if atom.shape == shape:
        return 0.0
    return 0.1 if shape and not atom.shape else 0.02


def _named(view: View, leaf: ast.expr, atom: Atom) -> tuple[str, Why]:
    text = spell(leaf)
    parts = {"old": text, "new": atom.text}
    if view.scene.kind(text) == "updated-weight" and not view.scene.is_gradient(
        atom.text
    ):
        return "updated-weight", _moved(text, atom.text)
    if view.in_penalty(leaf) or view.makes_penalty(leaf, atom.node):
        return (
            "regularization",
            says(
                "the L2 term of this gradient is made of {new}, not of {old}", **parts
            ),
        )
    if _in_slope(view, leaf, atom):
        return (
            "derivative-at-wrong-point",
            says(_POINT, **parts),
        )
    gradients = [t for t in (text, atom.text) if view.scene.is_gradient(t)]
    numbers = not atom.shape and view.shape(leaf) == () and not gradients
    numbers = numbers and _indexed(view, leaf) is None
    if numbers and (view.wanted.shape or not isinstance(atom.value, float)):
        return "scale", says("the factor is {new}, not {old}", **parts)
    if view.scene.is_gradient(atom.text) and not _uses_gradient(view, leaf):
        return (
            "dropped-upstream",
            says(
                "the incoming gradient {new} isn't used: {old} stands in its place",
                **parts,
            ),
        )
    if _is_turned_up(atom.node, text):
        return "shape", says(_LINED_UP, **parts)
    return "wrong-operand", says(_BELONGS, **parts)


def _is_turned_up(node: ast.expr, text: str) -> bool:
    """Whether it is the same array with another axis: ``delta[:, None]``."""
    return (
        isinstance(node, ast.Subscript)
        and spell(node.value) == text
        and any(isinstance(n, ast.Constant) and n.value is None for n in ast.walk(node))
    )


def _uses_gradient(view: View, apart_from: ast.expr) -> bool:
    inside = {id(n) for n in ast.walk(apart_from)}
    return any(
        view.scene.is_gradient(spell(leaf)) and id(leaf) not in inside
        for leaf in view.leaves
    ) or view.scene.is_gradient(spell(apart_from))


def _in_slope(view: View, leaf: ast.expr, atom: Atom) -> bool:
    """Inside ``(1 - a)``, or beside such a factor of the array that comes in."""
    if view.scene.is_gradient(atom.text) or view.is_lone:
        return False
    if view.in_slope(leaf):
        return True
    if view.scene.is_gradient(spell(leaf)):
        return False
    for chain in view.chains:
        parts = [p.node for p in factors(chain)]
        if any(p is leaf for p in parts):
            return any(
                p is not leaf
                and view.texts(p) == {atom.text}
                and p not in view.leaves
                and view.in_slope(p)
                for p in parts
            )
    return False


def exchanged(view: View) -> Iterator[Proposal]:
    """Two values of one shape, each in the other's place."""
    mentions = {t: n for t, n in _mentions(view).items() if view.shape(n[0])}
    for (text, ones), (other, others) in combinations(list(mentions.items())[:8], 2):
        if view.shape(ones[0]) != view.shape(others[0]):
            continue
        above = {id(n) for n in view.frame.ancestors(ones[0])}
        meet = next(
            (n for n in view.frame.ancestors(others[0]) if id(n) in above), None
        )
        if isinstance(meet, ast.BinOp) and isinstance(meet.op, ast.Sub):
            continue  # a difference turned round is a sign
        swaps = [(one, others[0]) for one in ones] + [(one, ones[0]) for one in others]
        why = says("{old} and {new} stand in each other's place", old=text, new=other)
        yield Proposal(tuple(swaps), "wrong-operand", why, 0.1)


def another_expression(view: View) -> Iterator[Proposal]:
    """A part that is no single value, replaced by one: ``(t - y)`` by ``delta``.

    Or an entry or a row, ``v[n]``, by a number that has a name.
    """
    leaves = {id(leaf) for leaf in view.leaves}
    for site in view.operands:
        if id(site) in leaves or isinstance(site, ast.Constant):
            continue
        looked_up = isinstance(site, ast.Subscript)
        for atom in view.scene.atoms:
            if not atom.shape and not (looked_up and isinstance(atom.value, float)):
                continue
            mistake, why = _named(view, site, atom)
            misfit = 0.1 if view.shape(site) and not atom.shape else 0.0
            yield swap(site, atom.node, mistake, why, 0.1 + misfit + atom.prior)


def another_index(view: View) -> Iterator[Proposal]:
    """One step earlier or later, one layer up or down: ``[t]`` and ``[t - 1]``."""
    for node in view.frame.nodes:
        if not view.frame.indexes(node):
            continue
        value = view.value(node)
        if isinstance(value, str) and isinstance(node, ast.Constant):
            yield from _another_key(view, node)
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            continue
        for step in (-1, 1):
            yield swap(node, _shifted(node, step), "wrong-operand", _index(node, step))


def _index(node: ast.expr, step: int) -> Why:
    side = "large" if step < 0 else "small"
    return says(f"the index {{index}} is one too {side} here", index=node)


def _shifted(node: ast.expr, step: int) -> ast.expr:
    """``t - 1`` for t, t for ``t + 1``, 2 for 1, ``-2`` for ``-1``."""
    match node:
        case ast.Constant(value=int(value)):
            return _number(value + step)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return _number(-value + step)
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=int(value))):
            return _plus(left, value + step)
        case ast.BinOp(left=left, op=ast.Sub(), right=ast.Constant(value=int(value))):
            return _plus(left, step - value)
    return _plus(node, step)


def _plus(node: ast.expr, step: int) -> ast.expr:
    if step == 0:
        return node
    op = ast.Add() if step > 0 else ast.Sub()
    return ast.BinOp(node, op, ast.Constant(abs(step)))


def _number(value: int) -> ast.expr:
    if value >= 0:
        return ast.Constant(value)
    return ast.UnaryOp(ast.USub(), ast.Constant(-value))


# The parts of an axis that a bias row, a first or a last step are cut off by.
_CUTS = ("1:", ":-1", ":", "-1:", ":1")


def another_slice(view: View) -> Iterator[Proposal]:
    """``[:, 1:]`` for ``[:, :-1]``: the other end cut off, or another row taken."""
    for node in view.frame.nodes:
        if not isinstance(node, ast.Subscript) or not view.shape(node.value):
            continue
        whole = isinstance(node.slice, ast.Tuple)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        slices = [i for i, part in enumerate(parts) if isinstance(part, ast.Slice)]
        texts = [spell(p) for p in parts]
        alike = {texts[i]: [j for j in slices if texts[j] == texts[i]] for i in slices}
        for at in [*([i] for i in slices), *(p for p in alike.values() if len(p) > 1)]:
            part = parts[at[0]]
            for cut in dict.fromkeys((*_beside(part), *_CUTS, *_written(view))):
                if cut == spell(part):
                    continue
                fresh = [_cut(cut) if i in at else p for i, p in enumerate(parts)]
                index = ast.Tuple(fresh, ast.Load()) if whole else fresh[0]
                new = ast.Subscript(node.value, index, ast.Load())
                why = says(_BELONGS, new=new, old=node)
                yield swap(node, new, "wrong-operand", why, 0.03)


def _beside(part: ast.expr) -> Iterator[str]:
    """What a slice leaves, and the like: ``:n``, ``-n:`` and ``n:-n`` of ``n:``."""
    if not isinstance(part, ast.Slice) or part.step is not None:
        return
    for bound in (part.lower, part.upper):
        for end in ast.walk(bound) if bound is not None else ():
            if isinstance(end, ast.Name | ast.Attribute) or end is bound:
                n = spell(end).removeprefix("-")
                yield from (f"{n}:", f":{n}", f"-{n}:", f":-{n}", f"{n}:-{n}")


def _written(view: View) -> Iterator[str]:
    """The slices that the program takes elsewhere: one gate's for another's."""
    for cut in view.scene.need.cuts:
        if isinstance(cut, ast.Slice):
            yield spell(cut)


def _cut(text: str) -> ast.expr:
    made = ast.parse(f"x[{text}]", mode="eval").body
    assert isinstance(made, ast.Subscript)
    return made.slice


def _another_key(view: View, node: ast.Constant) -> Iterator[Proposal]:
    """``cache['A' + str(l)]``: another letter that the container has keys for."""
    container = next(
        (
            view.value(above.value)
            for above in view.frame.ancestors(node)
            if isinstance(above, ast.Subscript)
        ),
        None,
    )
    if not isinstance(container, dict):
        return
    stems = {str(k).rstrip("0123456789") for k in container} - {node.value}
    for stem in sorted(stems):
        yield swap(
            node,
            ast.Constant(stem),
            "wrong-operand",
            says(_BELONGS, new=ast.Constant(stem), old=node),
        )


def another_container(view: View) -> Iterator[Proposal]:
    """``zs[-l]`` for ``activations[-l]``: the same index into another list."""
    for node in view.frame.nodes:
        if not isinstance(node, ast.Subscript):
            continue
        value = view.value(node.value)
        for text, other, base in _containers(view):
            if type(other) is not type(value) or text == spell(node.value):
                continue
            new = ast.Subscript(base, node.slice, ast.Load())
            slope = view.in_slope(node)
            yield swap(
                node,
                new,
                "derivative-at-wrong-point" if slope else "wrong-operand",
                says(_POINT if slope else _BELONGS, new=new, old=node),
            )


def _containers(view: View) -> Iterator[tuple[str, object, ast.expr]]:
    for key, value in view.scene.scope.items():
        if isinstance(value, list | tuple | dict | np.ndarray):
            yield key, value, name(key)
        elif has_fields(value) and not callable(value):
            for attr, inner in list(fields(value).items())[:40]:
                if isinstance(inner, list | tuple | dict):
                    node = ast.Attribute(name(key), attr, ast.Load())
                    yield spell(node), inner, node
