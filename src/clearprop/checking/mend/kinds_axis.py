"""Edits at reductions and at shapes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .chains import Part, factors, terms, total
from .proposal import Proposal, Why, says, swap
from .spelling import spell
from .view import View

_REDUCTIONS = ("sum", "mean", "max", "min", "prod")
_SEVERAL = ((0, 1), (0, 2), (1, 2), (0, 2, 3), (0, 1, 2), (1, 2, 3))
Axis = int | tuple[int, ...] | None


def _reduction(node: ast.expr) -> tuple[str, ast.expr, ast.expr | None, bool] | None:
    """The name, the operand, the axis and keepdims of ``np.sum(x, axis=0)``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr not in _REDUCTIONS:
        return None
    arguments = list(node.args)
    method = not _is_module(node.func.value)
    operand = node.func.value if method else (arguments.pop(0) if arguments else None)
    if operand is None:
        return None
    options = {k.arg: k.value for k in node.keywords}
    axis = arguments[0] if arguments else options.get("axis")
    keep = options.get("keepdims")
    kept = isinstance(keep, ast.Constant) and bool(keep.value)
    return node.func.attr, operand, axis, kept


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy")


def _reduce(
    view: View, x: ast.expr, called: str, axis: Axis, keep: bool, method: bool
) -> ast.expr:
    options = "" if axis is None else f", axis={axis}"
    options += ", keepdims=True" if keep else ""
    if method:
        return view.scene.fill(f"X.{called}({options.lstrip(', ')})", X=x)
    return view.scene.fill(f"np.{called}(X{options})", X=x)


def wrong_axis(view: View) -> Iterator[Proposal]:
    """Another axis, no axis, the dimension kept or not."""
    for node in view.frame.nodes:
        found = _reduction(node)
        if found is None:
            continue
        called, x, axis, kept = found
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        method = not _is_module(node.func.value)
        before = spell(axis) if axis is not None else "None"
        rank = len(view.shape(x) or ())
        several = [axes for axes in _SEVERAL if rank > 2 and axes[-1] < rank]
        for other in (0, 1, -1, None, 2, *several):
            for keep in (kept, not kept):
                if str(other) == before and keep == kept:
                    continue
                new = _reduce(view, x, called, other, keep, method)
                same = str(other) == before
                yield swap(
                    node,
                    new,
                    "shape" if same else "wrong-axis",
                    _kept(keep) if same else _axis(called, x, before, str(other)),
                    0.0 if keep == kept else 0.02,
                )
        if called in ("sum", "mean"):
            yield from _mean_for_sum(view, node, called, method)
        yield swap(
            node,
            x,
            "wrong-axis",
            says("nothing is to be added up here: {old} does", old=node),
            0.04,
        )


def _axis(called: str, x: ast.expr, before: str, after: str) -> Why:
    had = "over everything" if before == "None" else f"along axis {before}"
    owed = "over everything" if after == "None" else f"along axis {after}"
    if called != "sum":
        return says(f"the {called} of {{x}} is taken {had}; it is owed {owed}", x=x)
    return says(f"{{x}} is added up {had}, and the gradient is its sum {owed}", x=x)


def _kept(keep: bool) -> Why:
    if keep:
        return says("the summed axis has to stay, with length 1: keepdims=True")
    return says("the summed axis has to go: no keepdims")


def _mean_for_sum(
    view: View, node: ast.Call, called: str, method: bool
) -> Iterator[Proposal]:
    other = "mean" if called == "sum" else "sum"
    assert isinstance(node.func, ast.Attribute)
    func = ast.Attribute(node.func.value, other, ast.Load())
    yield swap(
        node,
        ast.Call(func, node.args, node.keywords),
        "scale",
        says(f"the gradient is the {other} of the contributions, not the {called}"),
        0.0,
    )


def centred(view: View) -> Iterator[Proposal]:
    """``d - d.mean(axis)`` for d: the way back through a mean that is taken off.

    The other half of it, ``xhat * (d * xhat).mean(axis)``, is a sum there already.
    """
    ways = {}
    for node in view.frame.nodes:
        found = _reduction(node)
        if found is not None and found[0] in ("sum", "mean"):
            method = not _is_module(node.func.value)  # type: ignore[attr-defined]
            called, _, axis, kept = found
            text = "None" if axis is None else spell(axis)
            ways[text, kept] = called, method
    for (text, kept), (called, method) in ways.items():
        if text not in ("0", "1", "-1"):
            continue
        for site in view.operands:
            parts = terms(site)
            for i, part in enumerate(parts if len(parts) > 1 else ()):
                mine = [p.node for p in factors(part.node) if view.shape(p.node)]
                if len(mine) != 1 or part.inverted:
                    continue
                mean = _reduce(view, mine[0], called, int(text), kept, method)
                added = [*parts[: i + 1], Part(mean, True), *parts[i + 1 :]]
                why = says("the way back through the mean of {x} is missing", x=mine[0])
                yield swap(site, total(added), "dropped-upstream", why, 0.03)


_ADDED_UP = (
    ("sum", "{x} isn't added up, and all of it contributes", 0.0),
    ("mean", "the mean of {x} is missing: all of it contributes", 0.02),
)


def missing_sum(view: View) -> Iterator[Proposal]:
    """A sum, or a mean, over the examples that isn't there."""
    method = view.scene.style.sums_by_method
    for site in view.operands:
        rank = len(view.shape(site) or ())
        if not rank:
            continue
        axes: list[int | None] = [None, 0, 1][: rank + 1]
        axes += [-1] if rank > 2 else []
        above = view.frame.parents.get(id(site))
        if isinstance(above, ast.Compare):
            continue  # a mask is of entries, not of their sum
        divides = (  # a count is, more likely: rows of probabilities add up to it
            isinstance(above, ast.BinOp)
            and isinstance(above.op, ast.Div)
            and above.right is site
        )
        for axis in axes if rank > 1 else [None]:
            for keep in (False, True):
                if axis is None and keep and rank > 1 and view.wanted.size > 1:
                    continue
                for called, said, more in _ADDED_UP:
                    new = _reduce(view, site, called, axis, keep, method)
                    prior = (0.2 if divides else 0.03) + more
                    yield swap(site, new, "wrong-axis", says(said, x=site), prior)
        if rank > 2:
            for several in _SEVERAL[:4]:
                new = view.scene.fill(f"np.sum(X, axis={several})", X=site)
                yield swap(
                    site, new, "wrong-axis", says("{x} isn't added up", x=site), 0.05
                )


def counted(view: View) -> Iterator[Proposal]:
    """``d[rows, y] = -d.sum(axis=1)`` for ``= -1``: a hinge counts its margins."""
    statement, root = view.frame.statement, view.frame.main
    if not isinstance(statement, ast.Assign | ast.AugAssign):
        return
    place = (
        statement.target
        if isinstance(statement, ast.AugAssign)
        else statement.targets[0]
    )
    number = root.operand if isinstance(root, ast.UnaryOp) else root
    if not isinstance(place, ast.Subscript) or not isinstance(number, ast.Constant):
        return
    method = view.scene.style.sums_by_method
    whole = ast.parse(spell(place.value), mode="eval").body
    for axis in (0, 1):
        total = _reduce(view, whole, "sum", axis, False, method)
        why = says("{new} belongs here: every one of them counts", new=total)
        for new in (ast.UnaryOp(ast.USub(), total), total):
            yield swap(root, new, "wrong-derivative", why, 0.05)


_RESHAPES = ("X[:, None]", "X[None, :]", "X.ravel()", "X.reshape(-1, 1)", "X.squeeze()")


def shape(view: View) -> Iterator[Proposal]:
    """A missing or needless ``[:, None]``, ``.ravel()``, ``.reshape(...)``."""
    targets = [
        a for a in view.scene.atoms if a.shape == view.wanted.shape and len(a.shape) > 1
    ]
    for site in view.operands:
        rank = len(view.shape(site) or ())
        inner = _unshaped(site)
        if inner is not None:
            yield swap(site, inner, "shape", _stands(site, inner), 0.0)
            for form in _RESHAPES:
                other = view.scene.fill(form, X=inner)
                yield swap(site, other, "shape", _stands(site, other), 0.02)
        if not rank:
            continue
        for form in _RESHAPES if rank < 3 else _RESHAPES[2:]:
            new = view.scene.fill(form, X=site)
            yield swap(site, new, "shape", _stands(site, new), 0.02)
        for atom in targets[:6]:
            new = view.scene.fill("X.reshape(Y.shape)", X=site, Y=atom.node)
            yield swap(site, new, "shape", _stands(site, new), 0.04)


def _unshaped(node: ast.expr) -> ast.expr | None:
    """What is inside a ``[:, None]``, a ``.reshape(...)``, a ``.flatten()``."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("reshape", "ravel", "flatten", "squeeze")
    ):
        return node.args[0] if _is_module(node.func.value) else node.func.value
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        texts = {spell(e) for e in node.slice.elts}
        if texts <= {":", "None", "np.newaxis"} and len(texts) > 1:
            return node.value
    return None


def _stands(old: ast.expr, new: ast.expr) -> Why:
    return says(
        "NumPy lines up {old} with the wrong axes: {new} has the shape that is needed",
        old=old,
        new=new,
    )
