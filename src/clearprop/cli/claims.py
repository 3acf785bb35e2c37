"""Where a hand-written backward pass keeps its gradients, read off its source.

A script keeps the gradient of ``W`` in a variable (``dW``, ``grad_W``), or only in what
it adds to ``W``: a step, which is minus the learning rate times the gradient. A
function returns gradients; the variables that it returns are named in a failure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clearprop.errors import ClearpropError
from clearprop.trace.rewrite import assignments

_SPELLINGS = ("d{}", "d_{}", "grad_{}", "{}_grad", "dL_d{}", "nabla_{}")


class Claim(NamedTuple):
    """The gradient of ``label``: an expression, and the variable that holds it."""

    label: str
    code: str
    place: str


def plain(code: str) -> str:
    """Code as ``ast.unparse`` spells it, so that places can be compared."""
    try:
        return ast.unparse(ast.parse(code.strip(), mode="eval"))
    except SyntaxError:
        return code


def last_name(label: str) -> str:
    """``W1`` of ``self.params['W1']``."""
    words = re.findall(r"\w+", label)
    return str(words[-1]) if words else label


def spellings(name: str) -> list[str]:
    """What people call the gradient of this."""
    return [s.format(name) for s in _SPELLINGS]


def in_script(tree: ast.Module, label: str, numbers: Iterable[str]) -> Claim | None:
    """The gradient of one parameter in a script, if it can be told.

    ``numbers`` are the script's own single numbers, among which the rate is.
    """
    stored = assigned(tree)
    for name in spellings(last_name(label)):
        if name in stored:
            return Claim(label, name, name)
    for statement in tree.body:
        step = _step(statement, plain(label))
        if step is None:
            continue
        sign, added = step
        factors = _factors(added)
        if isinstance(added, ast.Name):
            factors += _last_value(tree, added.id)
        rates = [f for f in factors if isinstance(f, ast.Name) and f.id in set(numbers)]
        literals = [f for f in _factors(added) if _literal(f)]
        code = ast.unparse(added)
        if not isinstance(added, ast.Name | ast.Call | ast.Subscript):
            code = f"({code})"
        for rate in (rates or literals)[:1]:
            code = f"{code} / {ast.unparse(rate)}"
        place = added.id if isinstance(added, ast.Name) else plain(label)
        return Claim(label, f"-{code}" if sign > 0 else code, place)
    return None


def rate_in(tree: ast.Module, name: str, numbers: Iterable[str]) -> str | None:
    """The number of the program's text that a variable has as a factor: its rate."""
    factors = [ast.unparse(f) for f in _last_value(tree, name)]
    return next((f for f in factors if f in set(numbers)), None)


def stated(label: str, code: str) -> Claim:
    """What the user names as the gradient of ``label``; it must be an expression."""
    try:
        tree = ast.parse(code.strip(), mode="eval")
    except SyntaxError:
        raise ClearpropError(
            f"--against: {code!r} is not an expression that Python can read"
        ) from None
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    return Claim(label, ast.unparse(tree), names[0] if names else ast.unparse(tree))


def numbers(tree: ast.Module) -> set[str]:
    """The variables that hold a number of the program's text, as a rate does."""
    found: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            pairs = assignments(statement)
            found.update(ast.unparse(name) for name, value in pairs if _literal(value))
    return found


def assigned(tree: ast.Module) -> set[str]:
    """Every name that is set anywhere in a program."""
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _stores(n)}


def functions(tree: ast.Module) -> set[str]:
    """Every function and method that a program defines."""
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}


def in_loop(tree: ast.Module, label: str) -> bool:
    """Whether a parameter is rewritten inside a loop or a branch only."""
    target = plain(label)
    return any(
        _step(node, target) is not None
        for statement in tree.body
        for node in ast.walk(statement)
        if node is not statement and isinstance(node, ast.stmt)
    )


def returned(tree: ast.Module, function: str, labels: Sequence[str]) -> dict[str, str]:
    """For each label, the variable that a function returns as its gradient."""
    value = None
    for part in ast.walk(_definition(tree, function)):
        if isinstance(part, ast.Return):
            value = part.value
    found: dict[str, str] = {}
    if isinstance(value, ast.Tuple | ast.List):
        for label, item in zip(labels, value.elts):
            found[label] = ast.unparse(item)
    elif isinstance(value, ast.Dict):
        for key, item in zip(value.keys, value.values):
            for label in labels:
                keys = (label, last_name(label), *spellings(last_name(label)))
                if isinstance(key, ast.Constant) and key.value in keys:
                    found[label] = ast.unparse(item)
    elif isinstance(value, ast.Name) and len(labels) == 1:
        found[labels[0]] = value.id
    elif isinstance(value, ast.Name):
        found = {label: f"{value.id}[{last_name(label)!r}]" for label in labels}
    return found


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _step(statement: ast.AST, place: str) -> tuple[int, ast.expr] | None:
    """``(sign, what)`` where a statement adds to a place or subtracts from it."""
    if isinstance(statement, ast.AugAssign):
        if ast.unparse(statement.target) != place:
            return None
        return _signed(statement.op, statement.value)
    if not isinstance(statement, ast.Assign) or not isinstance(
        statement.value, ast.BinOp
    ):
        return None
    if [ast.unparse(t) for t in statement.targets] != [place]:
        return None
    left, right = statement.value.left, statement.value.right
    if ast.unparse(left) == place:
        return _signed(statement.value.op, right)
    if ast.unparse(right) == place and isinstance(statement.value.op, ast.Add):
        return 1, left
    return None


def _signed(operator: ast.operator, value: ast.expr) -> tuple[int, ast.expr] | None:
    sign = 1 if isinstance(operator, ast.Add) else -1
    if not isinstance(operator, ast.Add | ast.Sub):
        return None
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        return -sign, value.operand
    return sign, value


def _factors(code: ast.expr) -> list[ast.expr]:
    """``a * b @ c / d`` as [a, b, c]."""
    if isinstance(code, ast.BinOp) and isinstance(code.op, ast.Mult | ast.MatMult):
        return _factors(code.left) + _factors(code.right)
    if isinstance(code, ast.BinOp) and isinstance(code.op, ast.Div):
        return _factors(code.left)
    if isinstance(code, ast.UnaryOp) and isinstance(code.op, ast.USub):
        return _factors(code.operand)
    return [code]


def _literal(code: ast.expr) -> bool:
    return isinstance(code, ast.Constant) and isinstance(code.value, int | float)


def _definition(tree: ast.Module, function: str) -> ast.AST:
    """Where ``loss`` is defined, or ``net.loss`` for an object that is made there."""
    owner, _, name = function.rpartition(".")
    homes: list[ast.AST] = [tree] if not owner else []
    makers = [
        ast.unparse(s.value.func)
        for s in tree.body
        if isinstance(s, ast.Assign) and isinstance(s.value, ast.Call)
        if owner in [ast.unparse(target) for target in s.targets]
    ]
    homes += [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name in makers]
    for home in homes:
        for node in ast.iter_child_nodes(home):
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node
    return ast.Module([], [])


def _last_value(tree: ast.Module, name: str) -> list[ast.expr]:
    """The factors of what a variable was last set to."""
    factors: list[ast.expr] = []
    for statement in tree.body:
        if not isinstance(statement, ast.Assign):
            continue
        if [ast.unparse(target) for target in statement.targets] == [name]:
            factors = _factors(statement.value)
    return factors
