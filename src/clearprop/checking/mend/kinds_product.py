"""Edits at products: a transpose, the order, an upstream that isn't chained in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .chains import factors, product, times
from .places import Atom
from .proposal import Proposal, Why, says, swap
from .spelling import spell
from .view import View

Join = Callable[[ast.expr, ast.expr], ast.expr]


@dataclass(frozen=True, slots=True)
class Product:
    """``left @ right`` in whatever spelling; ``join`` writes it with other operands."""

    node: ast.expr
    left: ast.expr
    right: ast.expr
    join: Join


_OUTPUTS = ("activation", "pre-activation", "other")
_TWO = ("dot", "matmul", "outer", "inner")


def products(view: View) -> Iterator[Product]:
    for node in view.frame.nodes:
        made = _product(node)
        if made is not None:
            yield made


def _product(node: ast.expr) -> Product | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return Product(
            node, node.left, node.right, lambda a, b: ast.BinOp(a, ast.MatMult(), b)
        )
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    function = node.func
    short = function.attr if isinstance(function, ast.Attribute) else spell(function)
    if short not in _TWO:
        return None
    if len(node.args) == 2:
        return Product(
            node,
            node.args[0],
            node.args[1],
            lambda a, b: ast.Call(function, [a, b], []),
        )
    if len(node.args) == 1 and isinstance(function, ast.Attribute):
        return Product(
            node,
            function.value,
            node.args[0],
            lambda a, b: ast.Call(ast.Attribute(a, function.attr, ast.Load()), [b], []),
        )
    return None


def transposed(node: ast.expr) -> ast.expr:
    """``x.T``, and x again where it is ``x.T``."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def transpose(view: View) -> Iterator[Proposal]:
    for p in products(view):
        lefts, rights = _both_ways(view, p.left), _both_ways(view, p.right)
        for i, left in enumerate(lefts):
            for j, right in enumerate(rights):
                if i or j:
                    yield _turned(p, p.join(left, right), 0.02 * (i + j))
                yield _turned(p, p.join(right, left), 0.03 + 0.02 * (i + j))
        yield _turned(p, transposed(p.node), 0.1)
    made = {id(p.node) for p in products(view)}
    for node in view.operands:
        if len(view.shape(node) or ()) >= 2 and id(node) not in made:
            yield swap(
                node,
                transposed(node),
                "transpose",
                says("{x} has its rows and columns the wrong way round", x=node),
                0.04,
            )


def _both_ways(view: View, node: ast.expr) -> list[ast.expr]:
    """The operand and its transpose; an array with one axis has none."""
    shape = view.shape(node)
    return [node] if shape is not None and len(shape) < 2 else [node, transposed(node)]


def _turned(p: Product, new: ast.expr, prior: float) -> Proposal:
    why = says(
        "{old} pairs the wrong rows and columns: {new} is meant", old=p.node, new=new
    )
    return swap(p.node, new, "transpose", why, prior)


def product_or_elementwise(view: View) -> Iterator[Proposal]:
    """``*`` for a matrix product, a matrix product for ``*``, an outer product."""
    for p in products(view):
        for form in ("A * B", "np.dot(A, B)", *_outer(view, p.left, p.right)):
            new = view.scene.fill(form, A=p.left, B=p.right)
            yield swap(p.node, new, "shape", _joined(p.node, new), 0.06)
    for node in view.operands:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            for new in _joins(view, node.left, node.right):
                yield swap(node, new, "shape", _joined(node, new), 0.06)


_OUTER = ("np.outer(A, B)", "np.outer(B, A)", "A[:, None] * B", "A * B[:, None]")


def _outer(view: View, a: ast.expr, b: ast.expr) -> tuple[str, ...]:
    """The outer products, of what has one axis."""
    if view.shape(a) and view.shape(b) and len(view.wanted.shape) == 2:
        vectors = sum(len(view.shape(x) or ()) for x in (a, b)) == 2
        if vectors:
            return (
                "np.outer(A, B)",
                "np.outer(B, A)",
                "A[:, None] * B",
                "A * B[:, None]",
            )
    return ()


_OPERATORS = (ast.Mult, ast.MatMult, ast.Add, ast.Sub, ast.Div)


def another_operator(view: View) -> Iterator[Proposal]:
    """``error + slope`` where ``error * slope`` is meant, and the like."""
    for node in view.frame.nodes:
        if not isinstance(node, ast.BinOp):
            continue
        if isinstance(node.op, ast.Div):
            turned = ast.BinOp(node.right, ast.Div(), node.left)
            upside_down = says("{old} is upside down", old=node)
            yield swap(node, turned, "scale", upside_down, 0.05)
        for operator in _OPERATORS:
            if isinstance(node.op, operator):
                continue
            new = ast.BinOp(node.left, operator(), node.right)
            divided = isinstance(node.op, ast.Div)  # it is chained, but upside down
            chained = operator in (ast.Mult, ast.MatMult) and not divided
            mistake = "dropped-upstream" if chained else "wrong-operand"
            why = says("{new} is meant, not {old}", new=new, old=node)
            yield swap(node, new, mistake, why, 0.1)


def _joins(view: View, a: ast.expr, b: ast.expr) -> Iterator[ast.expr]:
    for form in _outer(view, a, b):
        yield view.scene.fill(form, A=a, B=b)
    for left, right in ((a, b), (b, a)):
        for first in (left, transposed(left)):
            for second in (right, transposed(right)):
                yield matmul(view, first, second)


def _joined(old: ast.expr, new: ast.expr) -> Why:
    return says("{new} is meant, not {old}: they pair other entries", old=old, new=new)


def matmul(view: View, a: ast.expr, b: ast.expr) -> ast.expr:
    """A matrix product in the program's own style."""
    if view.scene.style.multiplies_by_at:
        return ast.BinOp(a, ast.MatMult(), b)
    return view.scene.fill("np.dot(A, B)", A=a, B=b)


def dropped_upstream(view: View) -> Iterator[Proposal]:
    """An incoming gradient, or its way back through a weight, isn't multiplied in."""
    links = list(_links(view))
    for site in view.chains:
        for gradient, factor in links:
            yield swap(
                site,
                product([*factors(factor), *factors(site)]),
                "dropped-upstream",
                _upstream(gradient),
                0.03,
            )
    for site in view.operands:
        for gradient, factor in links:
            if not isinstance(factor, ast.Name | ast.Attribute | ast.Subscript):
                yield swap(site, factor, "dropped-upstream", _upstream(gradient), 0.08)
    yield from _through_weight(view)


def _upstream(text: str) -> Why:
    return says("the incoming gradient {text} isn't chained in", text=text)


def _links(view: View) -> Iterator[tuple[str, ast.expr]]:
    """Gradients in scope, bare and carried back through each weight."""
    gradients = upstream(view)
    weights = [a for a in view.scene.atoms if view.scene.is_weight(a.text)][:16]
    for g in gradients:
        yield g.text, g.node
        has, all_axes = len(g.shape or ()), view.wanted.ndim
        if 0 < has < all_axes and g.shape == view.wanted.shape[:has]:
            key = ", ".join([":"] * has + ["None"] * (all_axes - has))
            yield g.text, view.scene.fill(f"X[{key}]", X=g.node)
    for error in _errors(view):
        yield spell(error), error
    for g in gradients:
        for w in weights:
            for new in carried(view, g.node, w.node):
                yield g.text, new


def _errors(view: View) -> Iterator[ast.expr]:
    """``y - output``: the gradient that a program without a name for it begins with."""
    targets = [a for a in view.scene.atoms if view.scene.kind(a.text) == "target"]
    for target in targets[:4]:
        for a in view.scene.atoms:
            if a.shape == target.shape and view.scene.kind(a.text) in _OUTPUTS:
                yield ast.BinOp(target.node, ast.Sub(), a.node)
                yield ast.BinOp(a.node, ast.Sub(), target.node)


def upstream(view: View) -> list[Atom]:
    """The gradients in scope, other than what the statement itself makes."""
    own = "" if view.scene.again else view.frame.target
    return [
        a for a in view.scene.atoms if view.scene.is_gradient(a.text) and a.text != own
    ][:16]


def carried(view: View, g: ast.expr, w: ast.expr) -> Iterator[ast.expr]:
    """``g @ W.T`` and its other orientations."""
    yield matmul(view, g, transposed(w))
    yield matmul(view, transposed(w), g)
    yield matmul(view, w, g)
    yield matmul(view, g, w)
    yield ast.BinOp(g, ast.Mult(), w)


def _through_weight(view: View) -> Iterator[Proposal]:
    """``delta`` stands where ``delta @ W.T`` is owed."""
    weights = [a for a in view.scene.atoms if view.scene.is_weight(a.text)][:16]
    for site in view.operands:
        for w in weights:
            for part in (w.node, *_without_bias(view, w)):
                for new in carried(view, site, part):
                    yield swap(
                        site,
                        new,
                        "dropped-upstream",
                        says("{g} has to come back through {w}", g=site, w=part),
                        0.04 + w.prior,
                    )


def _without_bias(view: View, w: Atom) -> Iterator[ast.expr]:
    """The rows or columns of a weight that aren't the bias, where the bias is one."""
    for axis, length in enumerate(w.shape):
        if len(w.shape) == 2 and length - 1 in view.wanted.shape[-1:]:
            for cut in ("1:", ":-1"):
                yield view.scene.fill(f"W[{':, ' * axis}{cut}]", W=w.node)


def not_chained(view: View) -> Iterator[Proposal]:
    """``dW += dy`` where ``dy @ x.T`` is owed: the way back stops halfway.

    What a line only hands on, as in ``b = w``, may be a gradient without a name. So may
    what a step takes: ``W[k] -= rate * D[k]``.
    """
    arrays = [a for a in view.scene.atoms if a.shape and 0 not in a.shape]
    arrays = [a for a in arrays if not view.scene.is_gradient(a.text)]
    target = view.frame.target
    moves = view.scene.is_weight(target)
    for site in view.leaves:
        text = spell(site)
        taken = moves and text != target and bool(view.shape(site))
        if not (site is view.frame.main or taken or view.scene.is_gradient(text)):
            continue
        for x in arrays:
            for new in _chained(view, site, x):
                why = says("{g} has to be chained with {x}", g=site, x=x.node)
                yield swap(site, new, "dropped-upstream", why, 0.05 + x.prior)


def _chained(view: View, site: ast.expr, x: Atom) -> Iterator[ast.expr]:
    """The products of a gradient and an array that have the shape of the whole."""
    g, wanted = view.shape(site) or (), view.wanted.shape
    if g and g == x.shape[-len(g) :] == wanted[-len(g) :] and len(x.shape) == len(g):
        yield times(site, x.node)
    if len(g) == len(x.shape) == 1 and len(wanted) == 2:
        for pair, ends in (
            ((x.node, site), x.shape + g),
            ((site, x.node), g + x.shape),
        ):
            if ends == wanted:
                yield view.scene.fill("np.outer(A, B)", A=pair[0], B=pair[1])
    if len(g) == len(wanted) == 1 and len(x.shape) == 2:  # W.T @ dy of one example
        if x.shape == wanted + g:
            yield matmul(view, x.node, site)
        if x.shape == g + wanted:
            yield matmul(view, transposed(x.node), site)
    if len(g) != 2 or len(x.shape) != 2:
        return
    back, forth = transposed(x.node), transposed(site)
    if x.shape[0] == g[0]:
        if (x.shape[1], g[1]) == wanted:
            yield matmul(view, back, site)
        if (g[1], x.shape[1]) == wanted:
            yield matmul(view, forth, x.node)
    if x.shape[1] == g[1]:
        if (g[0], x.shape[0]) == wanted:
            yield matmul(view, site, back)
        if (x.shape[0], g[0]) == wanted:
            yield matmul(view, x.node, forth)


def missing_factor(view: View) -> Iterator[Proposal]:
    """Any other value in scope that isn't multiplied in."""
    for site in view.chains:
        for atom in view.scene.atoms:
            if view.scene.is_gradient(atom.text) or not atom.shape:
                continue
            why = says("the factor {x} is missing", x=atom.node)
            power = atom.text in view.texts(site)  # x / a, where it is x / a**2
            mistake = "wrong-derivative" if power else "dropped-upstream"
            yield swap(site, times(site, atom.node), mistake, why, 0.08)
