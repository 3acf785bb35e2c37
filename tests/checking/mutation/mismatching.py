"""The gradient of another loss than the one that the program states."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .mutant import Mutant
from .names import is_difference, is_reference
from .reading import Reading
from .regularizing import loss_text


def squared_for_cross_entropy(reading: Reading) -> Iterator[Mutant]:
    """Under a stated binary cross-entropy, ``a - y`` gets the sigmoid's slope."""
    program = reading.program
    stated = loss_text(program)
    if "log" not in stated or "softmax" in program.text or "axis" in stated:
        return
    for statement, value in reading.expressions():
        for node in ast.walk(value):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
                if not is_reference(node.left) or not is_reference(node.right):
                    continue
                sides = [ast.unparse(node.left), ast.unparse(node.right)]
                output = next((side for side in sides if f"log({side})" in stated), "")
                if not output:
                    continue
                wrong = f"({ast.unparse(node)}) * {output} * (1 - {output})"
                text = program.with_expression(node, wrong)
                what = f"squared error's gradient, times {output} * (1 - {output})"
                line = statement.lineno
                # Leaving the slope out again mends it: a wrong slope is said as well.
                also = ((line, "wrong-derivative"),)
                yield Mutant(program.name, text, line, "loss-mismatch", what, also=also)


def difference_for_logarithm(reading: Reading) -> Iterator[Mutant]:
    """``-y / a + (1 - y) / (1 - a)`` becomes ``2 * (a - y)``, the squared error's."""
    program = reading.program
    if "log" not in loss_text(program):
        return
    for statement, value in reading.expressions():
        pair = _quotient(value)
        if pair is not None:
            y, a = pair
            text = program.with_expression(value, f"2 * ({a} - {y})")
            what = f"squared error's gradient 2 * ({a} - {y})"
            line = statement.lineno
            yield Mutant(program.name, text, line, "loss-mismatch", what)


def constant_margin(reading: Reading) -> Iterator[Mutant]:
    """The error's size is forgotten: ``np.sign(out - y)``, the absolute error's."""
    program = reading.program
    stated = loss_text(program)
    if "** 2" not in stated and "square" not in stated:
        return
    for statement, value in reading.expressions():
        for node in ast.walk(value):
            if not is_difference(node) or value is node:
                continue
            if ast.unparse(node) in stated:
                spelled = f"np.sign({ast.unparse(node)})"
                text = program.with_expression(node, spelled)
                what = f"absolute error's gradient {spelled}"
                line = statement.lineno
                yield Mutant(program.name, text, line, "loss-mismatch", what)


def _quotient(value: ast.expr) -> tuple[str, str] | None:
    """``(y, a)`` where ``y / a`` and ``(1 - y) / (1 - a)`` are both in the value."""
    quotients = [
        (ast.unparse(node.left), ast.unparse(node.right))
        for node in ast.walk(value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
    ] + [
        (ast.unparse(node.args[0]), ast.unparse(node.args[1]))
        for node in ast.walk(value)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "np.divide"
        and len(node.args) == 2
    ]
    for y, a in quotients:
        y = y.removeprefix("-")
        if (f"1 - {y}", f"1 - {a}") in quotients and y.isidentifier():
            return y, a
    return None
