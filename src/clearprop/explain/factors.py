"""A written line taken apart: incoming gradient × local derivative, as it stands there.

The text of the line is parsed, not the graph: what a step shows is then exactly what
the reader sees in the code, factor by factor.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Parts:
    """What a line combines, and how.

    ``kind`` is "product", "matmul", "sum" (of contributions) or "whole".
    """

    kind: str
    pieces: list[str] = field(default_factory=list)
    after: str = ""  # "summed over axis 0"
    adds: bool = False  # += : a further contribution
    target: str = ""


def take_apart(statement: str, gradients: Iterable[str]) -> Parts:
    """The pieces of an assignment; ``gradients`` names the gradient variables."""
    known = set(gradients)
    try:
        node = ast.parse(statement.strip()).body[0]
    except (SyntaxError, IndexError):
        return Parts("whole")
    if isinstance(node, ast.AugAssign):
        target = ast.unparse(node.target)
        if isinstance(node.op, (ast.Mult, ast.Div)) and isinstance(
            node.target, ast.Name
        ):
            piece = _piece(node.value, isinstance(node.op, ast.Div), statement)
            return Parts("product", [target, piece], target=target)
        parts = _expression(node.value, statement, known)
        if isinstance(node.op, ast.Sub):
            parts.pieces.insert(0, "-1")
        parts.adds, parts.target = True, target
        return parts
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return Parts("whole", target=ast.unparse(node.targets[0]))  # dx[2] = 0.0
    if isinstance(node, ast.Assign):
        parts = _expression(node.value, statement, known)
        parts.target = ast.unparse(node.targets[0])
        return parts
    return Parts("whole")


def names_in(code: str) -> set[str]:
    """Every name that a piece of code reads."""
    try:
        tree = ast.parse(code, mode="eval")
    except SyntaxError:
        return set()
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


def _expression(node: ast.expr, text: str, known: set[str]) -> Parts:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inside = _summed(node.operand)
        if inside is not None:  # -dx.sum(axis=0)
            factors = _factors(inside[0], text)
            return Parts("product", [*factors, "-1"], inside[1])
    after = ""
    inner = _summed(node) or _taken(node, text)
    if inner is not None:
        node, after = inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return Parts("matmul", [_code(node.left, text), _code(node.right, text)], after)
    terms = list(_terms(node, False))
    if len(terms) > 1 and any(names_in(_code(t, text)) & known for t, _ in terms):
        return Parts("sum", [_term(t, minus, text) for t, minus in terms], after)
    factors = _factors(node, text)
    if len(factors) > 1:
        return Parts("product", factors, after)
    return Parts("whole", [_code(node, text)], after)


def _summed(node: ast.expr) -> tuple[ast.expr, str] | None:
    """What ``(...).sum(axis=0)`` sums, and over which axes."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    if node.func.attr != "sum" or node.args:
        return None
    for option in node.keywords:
        if option.arg == "axis":
            return node.func.value, f"summed over axis {ast.unparse(option.value)}"
    return node.func.value, "summed over all entries"


def _taken(node: ast.expr, text: str) -> tuple[ast.expr, str] | None:
    """What ``(a * b)[0]`` takes its entries of, and which."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.BinOp):
        return node.value, f"taken at [{_code(node.slice, text)}]"
    return None


def _terms(node: ast.expr, minus: bool) -> Iterator[tuple[ast.expr, bool]]:
    """The terms of a sum with their signs, first to last."""
    stack = [(node, minus)]
    while stack:
        node, minus = stack.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            right_minus = minus ^ isinstance(node.op, ast.Sub)
            stack.append((node.right, right_minus))
            stack.append((node.left, minus))
        else:
            yield node, minus


def _term(node: ast.expr, minus: bool, text: str) -> str:
    return f"-({_code(node, text)})" if minus else _code(node, text)


def _factors(node: ast.expr, text: str) -> list[str]:
    """The factors of a product; ``a / b`` gives ``a`` and ``1 / b``."""
    found: list[str] = []
    stack: list[tuple[ast.expr, bool]] = [(node, False)]
    while stack:
        node, below = stack.pop()
        if below:
            found.append(_piece(node, below, text))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            divides = isinstance(node.op, ast.Div)
            stack += [(node.right, divides), (node.left, False)]
        elif (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub)
            and isinstance(node.operand, ast.BinOp)
            and isinstance(node.operand.op, (ast.Mult, ast.Div))
        ):
            found.append("-1")
            stack.append((node.operand, False))
        elif not (_is_one(node) and found == [] and stack):
            found.append(_piece(node, below, text))
    return found


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def _piece(node: ast.expr, below: bool, text: str) -> str:
    code = _code(node, text)
    if not below:
        return code
    simple = isinstance(
        node, (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript)
    )
    return f"1 / {code}" if simple else f"1 / ({code})"


def _code(node: ast.expr, text: str) -> str:
    code = ast.get_source_segment(text, node) or ast.unparse(node)
    return " ".join(code.split())


def joined(pieces: list[str]) -> str:
    """Factors as one product in Python: ``output * (1 - output)``."""
    if len(pieces) == 1:
        return pieces[0]
    made = ""
    for piece in pieces:
        bracketed = f"({piece})" if _binds_loosely(piece) else piece
        if piece.startswith("1 / ") and made:
            made += f" / {piece[4:]}"
        elif piece == "-1" and not made:
            made = "-"
        else:
            made += f" * {bracketed}" if made not in ("", "-") else bracketed
    return made if made != "-" else "-1"


def _binds_loosely(code: str) -> bool:
    try:
        node = ast.parse(code, mode="eval").body
    except SyntaxError:
        return False
    if isinstance(node, ast.BinOp):
        return isinstance(
            node.op, (ast.Add, ast.Sub, ast.MatMult, ast.BitAnd, ast.BitOr)
        )
    return isinstance(node, (ast.Compare, ast.BoolOp, ast.IfExp))
