"""An expression's value, reusing the values that are already known.

The search tries thousands of trees that differ in one place from the user's own.
Compiling each would cost more than running it, so the common expressions are walked
here, and any part whose value is in ``memo`` (by identity) is taken from there. What is
uncommon, a comprehension or a lambda, is compiled and run by Python itself.
"""

from __future__ import annotations

import ast
import builtins
import copy
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .pure import is_own, is_pure

Scope = Mapping[str, Any]
Memo = Mapping[int, Any]

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def evaluate(node: ast.expr, scope: Scope, memo: Memo) -> Any:
    """The value of the expression; raises what the program would raise."""
    known = memo.get(id(node), _UNKNOWN)
    if known is not _UNKNOWN:
        return known
    walk = WALKED.get(type(node))
    return walk(node, scope, memo) if walk else _compiled(node, scope)


_UNKNOWN = object()


def _name(node: Any, scope: Scope, memo: Memo) -> Any:
    return scope[node.id] if node.id in scope else getattr(builtins, node.id)


def _constant(node: Any, scope: Scope, memo: Memo) -> Any:
    return node.value


def _attribute(node: Any, scope: Scope, memo: Memo) -> Any:
    return getattr(evaluate(node.value, scope, memo), node.attr)


def _subscript(node: Any, scope: Scope, memo: Memo) -> Any:
    return evaluate(node.value, scope, memo)[evaluate(node.slice, scope, memo)]


def _slice(node: Any, scope: Scope, memo: Memo) -> slice:
    parts = (node.lower, node.upper, node.step)
    return slice(*(p and evaluate(p, scope, memo) for p in parts))


def _tuple(node: Any, scope: Scope, memo: Memo) -> Any:
    return tuple(evaluate(e, scope, memo) for e in node.elts)


def _list(node: Any, scope: Scope, memo: Memo) -> Any:
    return [evaluate(e, scope, memo) for e in node.elts]


def _binop(node: Any, scope: Scope, memo: Memo) -> Any:
    left = evaluate(node.left, scope, memo)
    right = evaluate(node.right, scope, memo)
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        _refuse_a_flood(left, right)
    return BINARY[type(node.op)](left, right)


_FLOOD = 10_000_000  # entries


def _refuse_a_flood(left: np.ndarray, right: np.ndarray) -> None:
    """Two arrays that broadcast to one far larger than both are no gradient."""
    if left.size * right.size > _FLOOD and left.shape != right.shape:
        size = math.prod(np.broadcast_shapes(left.shape[:-2], right.shape[:-2]))
        size *= math.prod(max(p) for p in zip(left.shape[-2:], right.shape[-2:]))
        if size > 16 * max(left.size, right.size):
            raise ValueError("too large to be meant")


def _unaryop(node: Any, scope: Scope, memo: Memo) -> Any:
    return _UNARY[type(node.op)](evaluate(node.operand, scope, memo))


def _compare(node: Any, scope: Scope, memo: Memo) -> Any:
    if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARE:
        return _compiled(node, scope)
    left = evaluate(node.left, scope, memo)
    return _COMPARE[type(node.ops[0])](left, evaluate(node.comparators[0], scope, memo))


def _call(node: Any, scope: Scope, memo: Memo) -> Any:
    function = evaluate(node.func, scope, memo)
    arguments: list[Any] = []
    for a in node.args:
        if isinstance(a, ast.Starred):
            arguments.extend(evaluate(a.value, scope, memo))
        else:
            arguments.append(evaluate(a, scope, memo))
    named: dict[str, Any] = {}
    for k in node.keywords:
        value = evaluate(k.value, scope, memo)
        named.update(value if k.arg is None else {k.arg: value})
    if is_own(function):
        if not is_pure(function):
            raise ValueError("it would change what the trials share")
        arguments = [
            copy.deepcopy(a) if isinstance(a, np.ndarray | list | dict) else a
            for a in arguments
        ]
    return function(*arguments, **named)


WALKED: dict[type[ast.expr], Callable[[Any, Scope, Memo], Any]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.BinOp: _binop,
    ast.UnaryOp: _unaryop,
    ast.Compare: _compare,
    ast.Call: _call,
}


def _compiled(node: ast.expr, scope: Scope) -> Any:
    tree = ast.fix_missing_locations(ast.Expression(copy.deepcopy(node)))
    return eval(compile(tree, "<clearprop>", "eval"), dict(scope))
