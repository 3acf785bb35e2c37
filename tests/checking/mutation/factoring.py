"""Mistakes of a sign or of a constant factor on one gradient."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .mutant import Mutant
from .names import is_difference, is_reference, leaf, reads
from .products import factors, products, without_factors
from .reading import Reading
from .regularizing import penalty_names

COUNT = re.compile(
    r"^(m|n|N|M|B|n_\w+|num_\w+|batch\w*|size\w*|n?samples|len|shape|bs)$"
)
RATE = re.compile(r"^(lr|eta|alpha|rate|learn\w*|step_?size|epsilon|eps|mu)$")
_SEVERAL = (ast.Tuple, ast.List, ast.ListComp)  # 2 * [a, b] is a longer list
KEEP = re.compile(r"keep|^p(_drop)?$|retain")


def minus(reading: Reading) -> Iterator[Mutant]:
    """A minus too many on a line of the backward pass, or one too few."""
    program = reading.program
    for statement, value in reading.lines():
        if isinstance(value, _SEVERAL) or is_reference(value):
            continue
        if isinstance(statement, ast.AugAssign) and isinstance(
            statement.op, ast.Mult | ast.Div
        ):
            continue
        if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
            text = program.with_expression(value, program.source(value.operand))
            what = f"without the minus of {ast.unparse(value)}"
        else:
            text = program.with_expression(value, ast.UnaryOp(ast.USub(), value))
            what = f"minus {ast.unparse(value)}"
        code = "regularization" if _is_penalty(reading, statement) else "sign"
        yield Mutant(program.name, text, statement.lineno, code, what)


def turned_difference(reading: Reading) -> Iterator[Mutant]:
    """``output - target`` becomes ``target - output`` in one place."""
    program = reading.program
    for statement, value in reading.expressions():
        for node in ast.walk(value):
            if is_difference(node):
                turned = ast.BinOp(node.right, ast.Sub(), node.left)
                text = program.with_expression(node, turned)
                what = f"{ast.unparse(turned)} in this place"
                yield Mutant(program.name, text, statement.lineno, "sign", what)


def doubled(reading: Reading) -> Iterator[Mutant]:
    program = reading.program
    for statement, value in reading.expressions():
        if isinstance(value, _SEVERAL) or is_reference(value):
            continue
        twice = ast.BinOp(ast.Constant(2), ast.Mult(), value)
        text = program.with_expression(value, twice)
        what = f"twice {ast.unparse(value)}"
        code = "regularization" if _is_penalty(reading, statement) else "scale"
        yield Mutant(program.name, text, statement.lineno, code, what)


def _is_penalty(reading: Reading, statement: ast.stmt) -> bool:
    """``dW += reg * W``: the L2 term by itself."""
    names = penalty_names(reading.program)
    return isinstance(statement, ast.AugAssign) and bool(names & reads(statement.value))


def uncounted(reading: Reading) -> Iterator[Mutant]:
    """The division by the number of examples, or by the keep probability, is lost."""
    program = reading.program
    moves = [(update.statement, update.step) for update in reading.updates]
    for statement, value in [*reading.lines(), *moves]:
        for node in ast.walk(value):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                if _counts(node.right) and _is_one(node.left):
                    text = program.with_expression(node, "1.0")
                elif _counts(node.right):
                    text = program.with_expression(node, program.source(node.left))
                else:
                    continue
                what = f"not divided by {ast.unparse(node.right)}"
                yield Mutant(program.name, text, statement.lineno, "scale", what)
        divides = isinstance(statement, ast.AugAssign) and isinstance(
            statement.op, ast.Div
        )
        if divides and _counts(value):
            text = program.with_expression(value, "1")
            what = f"not divided by {ast.unparse(value)}"
            yield Mutant(program.name, text, statement.lineno, "scale", what)


def _counts(node: ast.expr) -> bool:
    return any(COUNT.match(name) or KEEP.search(name) for name in reads(node))


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def mean_for_sum(reading: Reading) -> Iterator[Mutant]:
    """``np.sum`` becomes ``np.mean``, or the other way round."""
    program = reading.program
    turned = {"sum": "mean", "mean": "sum"}
    moves = [(update.statement, update.step) for update in reading.updates]
    for statement, value in [*reading.lines(), *moves]:
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                new = turned.get(node.func.attr)
                if new is None:
                    continue
                function = ast.Attribute(node.func.value, new, ast.Load())
                call = ast.Call(function, node.args, node.keywords)
                text = program.with_expression(node, call)
                what = f"{new} for {node.func.attr}"
                yield Mutant(program.name, text, statement.lineno, "scale", what)


def rate_twice(reading: Reading) -> Iterator[Mutant]:
    """The learning rate is multiplied by itself, in one update."""
    program = reading.program
    for update in reading.updates:
        for node in ast.walk(update.step):
            if isinstance(node, ast.Name | ast.Attribute) and RATE.match(leaf(node)):
                spelled = program.source(node)
                text = program.with_expression(node, f"{spelled} * {spelled}")
                line = update.statement.lineno
                what = f"{spelled} twice in the step of {ast.unparse(update.target)}"
                yield Mutant(program.name, text, line, "scale", what)
                break


def lost_constant(reading: Reading) -> Iterator[Mutant]:
    """A number that stands in a product is left out: ``2 * (a - y)`` → ``a - y``."""
    program = reading.program
    penalties = penalty_names(program)
    for statement, value in reading.expressions():
        for product in products(reading, value):
            for factor in factors(product):
                number = isinstance(factor, ast.Constant) and factor.value not in (0, 1)
                rest = without_factors(product, [factor]) if number else None
                if rest is not None and rest is not product:
                    text = program.with_expression(product, rest)
                    what = f"without the factor {ast.unparse(factor)}"
                    code = "regularization" if penalties & reads(product) else "scale"
                    yield Mutant(program.name, text, statement.lineno, code, what)
