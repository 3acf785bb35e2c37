"""Lines that don't run, and lines that were never filled in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .mutant import Mutant
from .names import is_reference, leaf
from .reading import Reading

BLANKS = ["'????????'", "None", "..."]


def misspelled_name(reading: Reading) -> Iterator[Mutant]:
    """The last letter of a variable is typed twice: a NameError when it is read."""
    program = reading.program
    names = {n.id for n in ast.walk(program.tree) if isinstance(n, ast.Name)}
    for statement, value in reading.expressions():
        for part in ast.walk(value):
            if not isinstance(part, ast.Name) or part.id in ("np", "numpy", "self"):
                continue
            wrong = part.id + part.id[-1]
            if wrong not in names and not isinstance(statement, ast.Return):
                text = program.with_expression(part, wrong)
                what = f"{part.id} misspelled as {wrong}"
                yield Mutant(program.name, text, statement.lineno, "crash", what)
                break


def left_blank(reading: Reading) -> Iterator[Mutant]:
    program = reading.program
    for count, (statement, value) in enumerate(reading.lines()):
        if isinstance(statement, ast.Assign) and not isinstance(value, ast.Tuple):
            blank = BLANKS[count % len(BLANKS)]
            text = program.with_text(*program.span(value), blank)
            what = f"{ast.unparse(statement.targets[0])} left blank as {blank}"
            yield Mutant(program.name, text, statement.lineno, "blank", what)


def dropped_transpose(reading: Reading) -> Iterator[Mutant]:
    """A ``.T`` is left out: a crash, or where the matrix is square, a wrong product."""
    program = reading.program
    for statement, value in reading.expressions():
        for part in ast.walk(value):
            inner = _transposed(part)
            if inner is not None and isinstance(part, ast.expr):
                text = program.with_expression(part, inner)
                what = f"{ast.unparse(part)} without its transpose"
                yield Mutant(program.name, text, statement.lineno, "transpose", what)


def added_transpose(reading: Reading) -> Iterator[Mutant]:
    """A ``.T`` too many on an operand of a matrix product."""
    program = reading.program
    for statement, value in reading.expressions():
        for product in ast.walk(value):
            for operand in operands(product):
                if is_reference(operand) and leaf(operand) and not _is_turned(operand):
                    new = ast.Attribute(operand, "T", ast.Load())
                    text = program.with_expression(operand, new)
                    what = f"{ast.unparse(operand)} transposed"
                    line = statement.lineno
                    yield Mutant(program.name, text, line, "transpose", what)


def swapped_operands(reading: Reading) -> Iterator[Mutant]:
    """``a @ b`` becomes ``b @ a``, and ``outer(a, b)`` becomes ``outer(b, a)``."""
    program = reading.program
    for statement, value in reading.expressions():
        for product in ast.walk(value):
            pair = operands(product)
            if len(pair) == 2 and isinstance(product, ast.expr):
                one, other = pair
                text = program.with_parts(product, {one: other, other: one})
                what = f"operands of {ast.unparse(product)} swapped"
                line = statement.lineno
                yield Mutant(program.name, text, line, "transpose", what)


def operands(node: ast.AST) -> list[ast.expr]:
    """The two operands of a matrix product, in any spelling; else nothing."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [node.left, node.right]
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return []
    owner = node.func.value
    of_numpy = isinstance(owner, ast.Name) and owner.id in ("np", "numpy")
    if of_numpy and node.func.attr in ("dot", "matmul", "outer"):
        return list(node.args[:2]) if len(node.args) == 2 else []
    if not of_numpy and node.func.attr == "dot" and len(node.args) == 1:
        return [owner, node.args[0]]
    return []


def _transposed(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr != "transpose" or node.keywords:
            return None
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id in ("np", "numpy"):
            return node.args[0] if len(node.args) == 1 else None
        return owner if not node.args else None
    return None


def _is_turned(node: ast.AST) -> bool:
    return _transposed(node) is not None
