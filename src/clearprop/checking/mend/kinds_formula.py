"""Edits inside the formula of a slope: a sign, a power, a constant, a comparison."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from .functions import FUNCTIONS, USUAL
from .proposal import Proposal, Why, says, swap
from .slopes import recognised
from .spelling import rebuilt, spell, substituted
from .view import View

# A few NumPy functions that are each other's slope, and masks that are turned round.
_SWAPPED = {"sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh"}


def misspelt(view: View) -> Iterator[Proposal]:
    """One sign, power, constant or comparison in a slope is another one."""
    for node in view.frame.nodes:
        compared = isinstance(node, ast.Compare)
        if not compared and not view.in_slope(node):
            continue
        turned = isinstance(node, ast.UnaryOp) and node is view.frame.main
        if turned and not view.is_formula:
            continue  # dy = -p.copy() has a sign, and no slope
        above = view.frame.parents.get(id(node))
        factor = isinstance(above, ast.BinOp) and isinstance(above.op, ast.Mult)
        for new in _respelt(node, factor):
            prior = 0.0 if compared else 0.03
            yield swap(node, new, "wrong-derivative", _formula(view, node, new), prior)


def _formula(view: View, node: ast.expr, new: ast.expr) -> Why:
    def why() -> str:
        stored = view.frame.statement
        if isinstance(stored, ast.Assign) and not _is_within(stored.value, node):
            kept = f"where {spell(new)}, not where {spell(node)}"
            return f"{spell(stored.value)} belongs {kept}"  # dh[h > 0] = 0
        group = next(
            (
                g
                for g in view.groups
                if any(n is node for i in g.members for n in ast.walk(g.parts[i].node))
            ),
            None,
        )
        if group is None:
            return f"the mask is {spell(new)}, not {spell(node)}"
        old = group.node
        right = spell(substituted(old, {id(node): new}))
        key = known_function(view, group.text)
        of = f"{FUNCTIONS[key].called}'s slope" if key else "the slope"
        return f"{of} at {group.text} is {right}, not {spell(old)}"

    return why


def _is_within(whole: ast.expr, node: ast.expr) -> bool:
    return any(n is node for n in ast.walk(whole))


def known_function(view: View, text: str) -> str:
    """The activation that ``text`` is the output or the input of, if it is known."""
    return next(
        (s.function for s in view.slopes if s.at == text and s.prior < 0.05), ""
    )


def _respelt(node: ast.expr, factor: bool) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp):
        left, right = node.left, node.right
        others: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
            ast.Add: (ast.Sub, ast.Mult),
            ast.Sub: (ast.Add, ast.Mult),
            ast.Mult: (ast.Add, ast.Sub),
            ast.Div: (ast.Mult,),
        }
        for op in others.get(type(node.op), ()):
            yield ast.BinOp(left, op(), right)
        if isinstance(node.op, ast.Sub):
            yield ast.BinOp(right, ast.Sub(), left)
        if isinstance(node.op, ast.Pow):
            yield left
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other_way in (ast.Gt, ast.GtE, ast.Lt, ast.LtE):
            if not isinstance(node.ops[0], other_way):
                yield ast.Compare(node.left, [other_way()], node.comparators)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        for value in (1, 2, 0, 0.5, 3):
            if value != node.value and not (factor and value in (0, 1)):
                yield ast.Constant(value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        other = _SWAPPED.get(node.func.attr)
        if other:
            yield rebuilt(
                node, lambda n: _renamed(n, other) if n is node.func else None
            )
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        yield ast.BinOp(node, ast.Pow(), ast.Constant(2))


def _renamed(node: ast.AST, attr: str) -> ast.AST:
    made = copy.copy(node)
    made.attr = attr  # type: ignore[attr-defined]
    return made


def helper_formula(view: View) -> Iterator[Proposal]:
    """A helper's own ``return``: the slope of a usual function at its argument."""
    if not isinstance(view.frame.statement, ast.Return):
        return
    root = view.frame.main
    for atom in view.scene.atoms:
        for key in (*USUAL, *(k for k in FUNCTIONS if k not in USUAL)):
            function = FUNCTIONS[key]
            forms = [("A", f) for f in function.from_output]
            forms += [("Z", f) for f in function.from_input]
            for letter, form in forms:
                new = view.scene.fill(form, **{letter: atom.node})
                mistake = (
                    "derivative-at-wrong-point"
                    if recognised(root) == key
                    else "wrong-derivative"
                )
                yield swap(
                    root,
                    new,
                    mistake,
                    says(
                        "the slope of {f} is {new}, not {old}",
                        f=function.called,
                        new=new,
                        old=root,
                    ),
                    0.1,
                )
