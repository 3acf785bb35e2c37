"""The whole expression written anew, from the standard forms of a backward pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from itertools import combinations

from ..need import BEFORE, SLOPE
from .chains import factors, negated, over, terms, times
from .kinds_product import matmul, transposed, upstream
from .kinds_slope import fits_in
from .places import Atom
from .proposal import Proposal, Why, says, swap
from .spelling import spell
from .view import View


def rebuild(view: View) -> Iterator[Proposal]:
    """The linear trio, ``upstream * slope``, ``probs - onehot``: with what differs."""
    root = view.frame.main
    if root not in view.operands:
        return
    for new in standard(view):
        mistake = partial(_difference, view, new)
        why = _instead(view, new)
        for prior, form in _finished(view, new):
            yield swap(root, form, mistake, why, 0.2 + prior)
        added = ast.BinOp(new, ast.Add(), root)
        missing = says("the term {new} is missing", new=new)
        yield swap(root, added, "dropped-upstream", missing, 0.2)


def anew(view: View) -> Iterator[Proposal]:
    """The expression as clearprop derives it."""
    sloped = view.scene.need.expected == SLOPE
    for text in view.scene.need.derived:
        new = ast.parse(text, mode="eval").body
        mistake = "wrong-derivative" if sloped else partial(_difference, view, new)
        why = _instead(view, new)
        for prior, form in [*_finished(view, new), *_stepped(view, new)]:
            yield swap(view.frame.main, form, mistake, why, prior)


def _stepped(view: View, new: ast.expr) -> Iterator[tuple[float, ast.expr]]:
    """What a weight is moved by: ``-learnrate * dW``."""
    for atom in view.scene.atoms:
        if not atom.shape and view.scene.is_rate(atom.text):
            step = times(atom.node, new)
            yield 0.02, step
            yield 0.02, negated(step)


def _instead(view: View, new: ast.expr) -> Why:
    what = view.scene.need.expected or "the gradient"
    return says("{what} is {new}", what=what, new=new)


def _finished(view: View, new: ast.expr) -> Iterator[tuple[float, ast.expr]]:
    yield 0.0, new
    yield 0.02, negated(new)
    counts = [a for a in view.scene.atoms if view.scene.is_count(a.text)]
    for atom in counts[:3]:
        if not atom.shape:
            yield 0.02, over(new, atom.node)


def standard(view: View) -> Iterator[ast.expr]:
    arrays = [a for a in view.scene.atoms if a.shape and a.text != view.frame.target]
    above = upstream(view)
    weights = [a for a in arrays if view.scene.is_weight(a.text)][:12]
    others = [a for a in arrays if a not in weights][:24]
    yield from _differences(view, others)
    for g in above:
        yield from _biases(view, g)
        for x in others:
            if x is not g:
                yield from _weights(view, g, x)
        for w in weights:
            for back in (
                matmul(view, g.node, transposed(w.node)),
                matmul(view, transposed(w.node), g.node),
                matmul(view, w.node, g.node),
                matmul(view, g.node, w.node),
            ):
                yield back
                for slope in view.slopes[:24]:
                    if not slope.fragment and fits_in(slope.shape, view.wanted.shape):
                        yield times(back, slope.node)
        for slope in view.slopes[:24]:
            if not slope.fragment and fits_in(slope.shape, view.wanted.shape):
                yield times(g.node, slope.node)


def _differences(view: View, arrays: list[Atom]) -> Iterator[ast.expr]:
    fitting = [a for a in arrays if a.shape == view.wanted.shape][:10]
    for a in fitting:
        for b in fitting:
            if a is not b:
                yield ast.BinOp(a.node, ast.Sub(), b.node)


def _biases(view: View, g: Atom) -> Iterator[ast.expr]:
    yield g.node
    if len(g.shape) == 2:
        for axis in (0, 1):
            yield view.scene.fill(f"np.sum(G, axis={axis})", G=g.node)
            yield view.scene.fill(f"np.sum(G, axis={axis}, keepdims=True)", G=g.node)
    elif len(g.shape) > 2:  # images, or what runs over time
        for axes in _left_over(g.shape, view.wanted.shape):
            yield view.scene.fill(f"np.sum(G, axis={axes})", G=g.node)


def _left_over(shape: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[object]:
    """The axes without which a shape is the wanted one."""
    axes = range(len(shape))
    for summed in combinations(axes, max(len(shape) - len(wanted), 0)):
        if summed and tuple(shape[i] for i in axes if i not in summed) == wanted:
            yield summed if len(summed) > 1 else summed[0]


def _weights(view: View, g: Atom, x: Atom) -> Iterator[ast.expr]:
    if len(g.shape) == 1 and len(x.shape) == 1:
        yield view.scene.fill("np.outer(X, G)", X=x.node, G=g.node)
        yield view.scene.fill("np.outer(G, X)", X=x.node, G=g.node)
    elif len(g.shape) == 2 and len(x.shape) == 2:
        yield matmul(view, transposed(x.node), g.node)
        yield matmul(view, g.node, transposed(x.node))
        yield matmul(view, transposed(g.node), x.node)
    yield ast.BinOp(g.node, ast.Mult(), x.node)


def _difference(view: View, new: ast.expr) -> str:
    """What the user's expression lacks, or has that doesn't belong."""
    scene = view.scene
    had = {id(view.value(leaf)) for leaf in view.leaves}
    sizes = {
        n.value
        for n in ast.walk(new)
        if isinstance(n, ast.Attribute) and n.attr in ("shape", "size")
    }
    atoms = [
        scene.by_text.get(spell(n))
        for n in ast.walk(new)
        if isinstance(n, ast.expr) and n not in sizes
    ]
    fresh = {a.text for a in atoms if a is not None and id(a.value) not in had}
    if any(t.endswith(BEFORE) for t in fresh):
        return "updated-weight"
    if _chooses(view, new):
        return "missing-derivative"
    if any(scene.is_gradient(t) for t in fresh):
        was, now = ({spell(t.node) for t in terms(n)} for n in (view.frame.main, new))
        if was < now:  # another path that the gradient comes on
            return "dropped-upstream"
        chained = any(scene.is_gradient(spell(leaf)) for leaf in view.leaves)
        return "wrong-operand" if chained else "dropped-upstream"
    if any(scene.kind(t) in ("activation", "pre-activation") for t in fresh):
        return "dropped-upstream" if _is_product(new) else "missing-derivative"
    if fresh:
        return "wrong-operand"
    if "reshape(" in spell(new) and "reshape(" not in spell(view.frame.main):
        return "shape"
    return "wrong-derivative"  # of what it already speaks of


def _chooses(view: View, new: ast.expr) -> bool:
    """``np.where(y > 0, dy, 0.1 * dy)`` of what was ``dy``: a slope with two sides."""
    was = spell(view.frame.main)
    match new:
        case ast.Call(args=[ast.Compare(), one, other]):
            sides = [{spell(p.node) for p in factors(side)} for side in (one, other)]
            return all(was in side for side in sides)
    return False


def _is_product(node: ast.expr) -> bool:
    """Whether the whole is ``x.T @ g``: a step through a product, and no slope."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("dot", "matmul", "outer")
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
