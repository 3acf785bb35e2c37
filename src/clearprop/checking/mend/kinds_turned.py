"""Edits at convolutions: a kernel turned round, the other function, the other mode.

So is what a correlation gives, where it is the gradient of a convolution's kernel.

The gradient of a correlation with ``k`` is a convolution with it, and the reverse: one
of them turns its second argument back to front along all axes. (Dumoulin & Visin, A
guide to convolution arithmetic for deep learning, 2016.)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .proposal import Proposal, says, swap
from .spelling import spell
from .view import View

_PAIRS = {"convolve": "correlate", "convolve2d": "correlate2d"}
TWINS = {**_PAIRS, **{b: a for a, b in _PAIRS.items()}}
_MODES = ("valid", "full", "same")
_CONVOLVES = re.compile(r"conv|corr", re.IGNORECASE)


def turned(view: View) -> Iterator[Proposal]:
    """Each of them at each call, and each array that is turned left as it is."""
    for node in view.frame.nodes:
        plain = _turned(node)
        if plain is not None:
            why = says("{x} belongs here, not turned round", x=plain)
            yield swap(node, plain, "wrong-operand", why)
        if isinstance(node, ast.Call):
            yield from _of_call(view, node)


def _of_call(view: View, call: ast.Call) -> Iterator[Proposal]:
    name = _name(call)
    if name == "rot90" and len(call.args) == 1 and not call.keywords:
        new = view.scene.fill("np.rot90(X, 2)", X=call.args[0])
        why = says("a quarter turn is too little: {new} turns it round", new=new)
        yield swap(call, new, "wrong-operand", why)
    if name == "einsum":
        yield from _of_windows(view, call)
    if not _CONVOLVES.search(name):
        return
    if _turned(call) is None:
        new = view.scene.fill("np.flip(X)", X=call)
        why = says("what {x} gives has to be turned round along all axes", x=call)
        yield swap(call, new, "wrong-operand", why)
    if name in TWINS:
        new = ast.Call(_renamed(call.func, TWINS[name]), call.args, call.keywords)
        turns, leaves = sorted((name, TWINS[name]))
        why = says(
            f"{turns} turns its second array round, {leaves} does not: "
            f"{TWINS[name]} is meant"
        )
        yield swap(call, new, "wrong-operand", why)
    if len(call.args) > 1:
        first, second, *rest = call.args
        new = ast.Call(call.func, [second, first, *rest], call.keywords)
        why = says("{x} and {y} stand in each other's place", x=first, y=second)
        yield swap(call, new, "wrong-operand", why, 0.05)
    for site in call.args:
        if view.shape(site) and _turned(site) is None:
            new = view.scene.fill("np.flip(X)", X=site)
            why = says("{x} has to be turned round along all axes", x=site)
            yield swap(site, new, "wrong-operand", why, 0.05)
    yield from _modes(call)


def _of_windows(view: View, call: ast.Call) -> Iterator[Proposal]:
    """Kernels in an einsum with windows: the last two axes are the picture's."""
    for site in call.args[1:]:
        if len(view.shape(site) or ()) > 2 and _turned(site) is None:
            new = view.scene.fill("X[..., ::-1, ::-1]", X=site)
            why = says("{x} has to be turned round along its last two axes", x=site)
            kernel = view.scene.is_weight(spell(site))
            yield swap(site, new, "wrong-operand", why, 0.0 if kernel else 0.05)


def _modes(call: ast.Call) -> Iterator[Proposal]:
    given = [*call.args, *(k.value for k in call.keywords)]
    for site in given:
        if not isinstance(site, ast.Constant) or site.value not in _MODES:
            continue
        for mode in _MODES:
            if mode != site.value:
                new = ast.Constant(mode)
                why = says("the mode is {new} here, not {old}", new=new, old=site)
                yield swap(site, new, "wrong-operand", why, 0.02)


def _turned(node: ast.expr) -> ast.expr | None:
    """The array that an expression turns round along all axes, or along some."""
    match node:
        case ast.Call(args=[x], keywords=[]) if _name(node) == "flip":
            return x
        case ast.Call(args=[x, ast.Constant(value=2)]) if _name(node) == "rot90":
            return x
        case ast.Subscript(value=x, slice=part):
            parts = part.elts if isinstance(part, ast.Tuple) else [part]
            kept = {spell(p) for p in parts} - {":", "..."}
            return x if kept == {"::-1"} else None
    return None


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, ast.Load())
    return ast.Name(name, ast.Load())
