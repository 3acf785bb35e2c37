"""Which of a script's whole numbers are numbers, and which are sizes?

``w0 = 2`` in ``x1 = w0 * s0`` is a parameter and means 2.0. ``N = 64`` in
``np.zeros((N, D))`` is a size, ``epochs = 100`` in ``range(epochs)`` a count. The text
of the program tells: a name that is multiplied, added or rebound from its old value and
that never makes a shape, an index or a range is a number.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from clearprop.trace.rewrite import assignments

# functions that take numbers, not sizes
_NUMERIC = frozenset(
    """exp log log2 log10 log1p expm1 sqrt square abs fabs sin cos tan tanh sinh cosh
    maximum minimum power multiply add subtract divide dot matmul outer array asarray
    float sum mean where clip sign max min round print str format""".split()
)
_PASSING = frozenset(("max", "min", "abs", "int", "round"))
_SHAPED = frozenset(
    """zeros ones empty full eye identity range arange rand randn random normal uniform
    standard_normal""".split()
)
_DEEP = 3


def numbers_in(tree: ast.Module) -> frozenset[str]:
    """Module-level names bound to whole numbers that are used as numbers only."""
    functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    found = set()
    for name in _integer_names(tree):
        uses = [_use_of(name, chain, functions, 0) for chain in _loads(tree, name)]
        if "size" not in uses and ("number" in uses or _rebound(tree, name)):
            found.add(name)
    return frozenset(found)


def parameter_is_number(tree: ast.Module, function: str, parameter: str) -> bool:
    """Whether a function's parameter is used as a number only."""
    functions = {f.name: f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}
    definition = functions.get(function)
    if definition is None:
        return False
    uses = [_use_of(parameter, c, functions, 0) for c in _loads(definition, parameter)]
    return "size" not in uses and "number" in uses


def _integer_names(tree: ast.Module) -> Iterator[str]:
    seen: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for spot, value in assignments(node):
            new = isinstance(spot, ast.Name) and spot.id not in seen
            if isinstance(spot, ast.Name) and new and _is_integer(value):
                seen.add(spot.id)
                yield spot.id


def _is_integer(value: ast.expr) -> bool:
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        value = value.operand
    return isinstance(value, ast.Constant) and type(value.value) is int


Chain = list[ast.AST]  # a name and what is around it, from the inside out


def _loads(tree: ast.AST, name: str) -> Iterator[Chain]:
    stack: list[Chain] = [[tree]]
    while stack:
        chain = stack.pop()
        node = chain[0]
        if isinstance(node, ast.Name) and node.id == name:
            if isinstance(node.ctx, ast.Load):
                yield chain
            continue
        stack += [[child, *chain] for child in ast.iter_child_nodes(node)]


def _rebound(tree: ast.AST, name: str) -> bool:
    """``w = w - …`` or ``w -= …``, but not a counter: ``n += 1``."""
    target: ast.expr
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign):
            target, value = node.target, node.value
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            if name not in {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}:
                continue
            if isinstance(value, ast.BinOp) and _is_integer(value.right):
                continue
        else:
            continue
        if (
            isinstance(target, ast.Name)
            and target.id == name
            and not _is_integer(value)
        ):
            return True
    return False


def _use_of(
    name: str, chain: Chain, functions: dict[str, ast.FunctionDef], depth: int
) -> str:
    """How a name is used where it is read: "number", "size", or neither."""
    number = False
    for inner, node in pairwise(chain):
        if isinstance(node, ast.BinOp) and not isinstance(
            node.op, ast.Mod | ast.FloorDiv
        ):
            if not isinstance(node.left, ast.List):
                number = True
        elif (isinstance(node, ast.Subscript) and inner is node.slice) or isinstance(
            node, ast.Slice
        ):
            return "size"
        elif isinstance(node, ast.Call) and inner is not node.func:
            if isinstance(node.func, ast.Name) and node.func.id in _PASSING:
                continue  # range(max(0, i - window))
            return _in_call(inner, node, functions, depth, number)
        elif isinstance(node, ast.AugAssign) and inner is node.value:
            number = True
        elif isinstance(node, ast.keyword) and node.arg in ("size", "shape", "axis"):
            return "size"
        elif isinstance(node, ast.Compare | ast.stmt):
            if isinstance(node, ast.Assign) and _makes_a_size(node, chain):
                return "size"
            break
    return "number" if number else ""


def _makes_a_size(statement: ast.Assign, chain: Chain) -> bool:
    """Whether a sum is a size: the ``k`` of ``k = hidden + inputs``."""
    place = statement.targets[0]
    if not isinstance(place, ast.Name) or not isinstance(statement.value, ast.BinOp):
        return False
    scopes = (n for n in chain if isinstance(n, ast.FunctionDef | ast.Module))
    return is_a_size_in(next(scopes), place.id)


def is_a_size_in(tree: ast.AST, name: str) -> bool:
    """Whether some line surely reads a name as a size."""
    return any(map(_is_surely_a_size, _loads(tree, name)))


def _is_surely_a_size(chain: Chain) -> bool:
    """Whether a name is an index, or an argument of what makes arrays."""
    for inner, node in pairwise(chain):
        if isinstance(node, ast.Call) and inner is not node.func:
            called = node.func
            word = called.attr if isinstance(called, ast.Attribute) else ""
            word = called.id if isinstance(called, ast.Name) else word
            return word in _SHAPED
        if isinstance(node, ast.Subscript) and inner is node.slice:
            return True
        if isinstance(node, ast.stmt):
            break
    return False


def _in_call(
    inner: ast.AST,
    call: ast.Call,
    functions: dict[str, ast.FunctionDef],
    depth: int,
    number: bool,
) -> str:
    word = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if isinstance(call.func, ast.Name):
        word = call.func.id
        definition = functions.get(word)
        if definition is not None:
            if number:
                return "number"
            parameter = _parameter(definition, call, inner)
            if parameter is None or depth >= _DEEP:
                return ""
            uses = [
                _use_of(parameter, c, functions, depth + 1)
                for c in _loads(definition, parameter)
            ]
            return "size" if "size" in uses else "number" if "number" in uses else ""
    if word in _NUMERIC:
        return "number" if number or word not in ("print", "str", "format") else ""
    return "size"


def _parameter(
    definition: ast.FunctionDef, call: ast.Call, inner: ast.AST
) -> str | None:
    names = [a.arg for a in (*definition.args.posonlyargs, *definition.args.args)]
    for i, argument in enumerate(call.args):
        if argument is inner:
            return names[i] if i < len(names) else None
    for keyword in call.keywords:
        if keyword is inner or keyword.value is inner:
            return keyword.arg
    return None
