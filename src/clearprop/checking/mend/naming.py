"""The mistake of an edit that fits, told from what went and what came.

Each kind of edit names the mistake that it was made for. Some mistakes can be mended by
several kinds; what the edit did to the statement then says more than the kind does. The
rules are few, and they are asked only of the edits that fit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .chains import factors, terms
from .proposal import Proposal
from .spelling import spell
from .view import View

# Names that say more than a rule here could.
_CERTAIN = ("update-sign", "updated-weight", "overwritten-accumulator")


def renamed(view: View, proposal: Proposal, mended: ast.stmt) -> str:
    """The code of the mistake, in the order of the table."""
    mistake = proposal.mistake
    if mistake in _CERTAIN or not proposal.swaps:
        return mistake
    if _inside_penalty(view, proposal):
        return "regularization"
    if _softmax_slope_went(view, mended) or _softmax_mean_came(view, proposal):
        return "softmax-jacobian"
    if mistake in ("wrong-operand", "unknown") and _absolute_went(view, mended):
        return "loss-mismatch"
    if _absolute_came(proposal):
        return "loss-mismatch"
    if mistake == "wrong-operand" and _upstream_came(view, proposal):
        return "dropped-upstream"
    if mistake == "wrong-operand" and _ones_went(view, proposal):
        return "dropped-upstream"
    return mistake


def _inside_penalty(view: View, proposal: Proposal) -> bool:
    """Whether only the L2 term changed."""
    return all(view.in_penalty(old) for old, _ in proposal.swaps)


def _softmax_slope_went(view: View, mended: ast.stmt) -> bool:
    """Whether ``p * (1 - p)``, or p alone as a factor, stood at a softmax's output."""
    left = spell(mended)
    return any(
        view.scene.is_softmax(group.text)
        and _like_a_slope(group.node, group.text)
        and spell(group.node) not in left
        for group in view.groups
    )


def _softmax_mean_came(view: View, proposal: Proposal) -> bool:
    """``np.sum(dp)`` that became ``np.sum(dp * p)``, beside a p that stood there.

    Or ``dp * p`` that did: ``p * (dp - dp * p)`` is ``dp * p * (1 - p)``.
    """
    for old, new in proposal.swaps:
        within = {spell(p.node) for p in factors(old)}
        summed = isinstance(new, ast.Call) and _adds_up(new)
        if summed and len(within) > 1 and any(map(view.scene.is_softmax, within)):
            return True
        around = [old, *view.frame.ancestors(old)]
        if not any(isinstance(n, ast.Call) and _adds_up(n) for n in around):
            continue
        more = {spell(n) for n in ast.walk(new) if isinstance(n, ast.expr)}
        more -= {spell(n) for n in ast.walk(old) if isinstance(n, ast.expr)}
        stood = {spell(leaf) for leaf in view.leaves}
        if any(view.scene.is_softmax(text) for text in more & stood):
            return True
    return False


def _adds_up(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("sum", "mean")


def _absolute_went(view: View, mended: ast.stmt) -> bool:
    """Whether ``np.sign(out - y)`` stood there, the gradient of the absolute error."""
    left = spell(mended)
    return any(
        isinstance(node, ast.Call)
        and spell(node.func).endswith("sign")
        and len(node.args) == 1
        and spell(node) not in left
        and spell(node.args[0]) in left
        for node in view.frame.nodes
    )


def _absolute_came(proposal: Proposal) -> bool:
    """Whether ``out - y``, the gradient of the squared error, became its sign."""
    return any(
        isinstance(new, ast.Call)
        and spell(new.func).endswith("sign")
        and new.args == [old]
        and isinstance(old, ast.BinOp)
        and isinstance(old.op, ast.Sub)
        for old, new in proposal.swaps
    )


def _like_a_slope(node: ast.expr, text: str) -> bool:
    """Whether there is a ``1 - p`` in it."""
    return any(
        isinstance(n, ast.BinOp)
        and isinstance(n.op, ast.Sub)
        and isinstance(n.left, ast.Constant)
        and text in spell(n.right)
        for part in factors(node)
        for n in ast.walk(part.node)
    )


def _upstream_came(view: View, proposal: Proposal) -> bool:
    """Whether a gradient that the statement doesn't read became a factor or a term."""
    if len(proposal.swaps) != 1:
        return False
    ((old, new),) = proposal.swaps
    blank = [id(n) for n in _blanks(view)]
    read = {spell(leaf) for leaf in view.leaves if id(leaf) not in blank}
    if any(view.scene.is_gradient(text) for text in read):
        return False
    had = {spell(p.node) for p in (*factors(old), *terms(old)) if id(old) not in blank}
    return any(
        view.scene.is_gradient(text)
        for p in (*factors(new), *terms(new))
        if (text := spell(p.node)) not in had
    )


def _ones_went(view: View, proposal: Proposal) -> bool:
    """Whether ones stood where a gradient, or what it is chained through, belongs."""
    return any(
        isinstance(old, ast.Call) and spell(old.func).endswith(SHAPES)
        for old, _ in proposal.swaps
    )


# Calls that take an array for its shape alone.
SHAPES = ("ones_like", "zeros_like", "full_like", "empty_like")


def _blanks(view: View) -> Iterator[ast.AST]:
    """What is read for its shape only, as in ``np.ones_like(dout)``."""
    for node in view.frame.nodes:
        if isinstance(node, ast.Call) and spell(node.func).endswith(SHAPES):
            yield from ast.walk(node)
