"""Mistakes between the lines: what flows in is dropped, or reduced the wrong way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .breaking import operands
from .mutant import Answer, Mutant
from .names import RATE, is_reference, leaf, reads, target_of
from .products import factors, products, without_factors
from .reading import Reading


def ignored_upstream(reading: Reading) -> Iterator[Mutant]:
    """The incoming gradient is left out of an elementwise product."""
    program = reading.program
    for statement, value in reading.expressions():
        for product in products(reading, value):
            parts = factors(product)
            for factor in parts:
                if len(parts) > 1 and _comes_in(reading, factor):
                    rest = without_factors(product, [factor])
                    if rest is not None and _holds_arrays(rest):
                        text = program.with_expression(product, rest)
                        what = f"without {ast.unparse(factor)}"
                        yield _dropped(reading, text, statement, what)


def ones_for_upstream(reading: Reading) -> Iterator[Mutant]:
    """A matrix product is fed with ones instead of the incoming gradient."""
    program = reading.program
    for statement, value in reading.expressions():
        for product in ast.walk(value):
            for operand in operands(product):
                if is_reference(operand) and reading.is_gradient(leaf(operand)):
                    spelled = program.source(operand)
                    text = program.with_expression(operand, f"np.ones_like({spelled})")
                    what = f"ones for {spelled}"
                    yield _dropped(reading, text, statement, what)


def ignored_weights(reading: Reading) -> Iterator[Mutant]:
    """The product with the weights is left out, where the shapes allow it."""
    program = reading.program
    for statement, value in reading.expressions():
        target = target_of(statement)
        if target is None:
            continue
        for product in ast.walk(value):
            pair = operands(product)
            coming = [part for part in pair if _comes_in(reading, part)]
            others = [part for part in pair if not _comes_in(reading, part)]
            if any(reads(part) & {"inv", "pinv"} for part in others):
                continue  # Newton's step without its matrix is a gradient step
            if len(coming) == 1 and len(others) == 1 and isinstance(product, ast.expr):
                text = program.with_expression(product, program.source(coming[0]))
                what = f"not chained through {ast.unparse(others[0])}"
                yield _dropped(reading, text, statement, what)


def _holds_arrays(rest: ast.expr) -> bool:
    """More than a rate or a number of examples: something a person could leave."""
    return any(not RATE.match(name) for name in reads(rest) - {"np", "numpy"})


def _comes_in(reading: Reading, node: ast.expr) -> bool:
    if is_reference(node):
        return reading.is_gradient(leaf(node))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return is_reference(node.left) and is_reference(node.right)
    return any(map(reading.is_gradient, reads(node))) and bool(operands(node))


def _dropped(reading: Reading, text: str, statement: ast.stmt, what: str) -> Mutant:
    name = reading.program.name
    return Mutant(name, text, statement.lineno, "dropped-upstream", what)


REDUCTIONS = {"sum", "mean"}


def other_axis(reading: Reading) -> Iterator[Mutant]:
    """``axis=0`` becomes ``axis=1`` and back; or the axis is left out."""
    program = reading.program
    for statement, call in _reductions(reading):
        for word in call.keywords:
            if word.arg == "axis" and isinstance(word.value, ast.Constant):
                if word.value.value not in (0, 1):
                    continue
                turned = 1 - word.value.value
                text = program.with_expression(word.value, str(turned))
                what = f"axis={turned} in {ast.unparse(call)}"
                yield _axis(reading, text, statement, what)
                rest = [other for other in call.keywords if other is not word]
                bare = ast.Call(call.func, call.args, rest)
                text = program.with_expression(call, bare)
                what = f"no axis in {ast.unparse(call)}"
                yield _axis(reading, text, statement, what)


def dropped_keepdims(reading: Reading) -> Iterator[Mutant]:
    program = reading.program
    for statement, call in _reductions(reading):
        rest = [word for word in call.keywords if word.arg != "keepdims"]
        if len(rest) < len(call.keywords):
            text = program.with_expression(call, ast.Call(call.func, call.args, rest))
            what = f"no keepdims in {ast.unparse(call)}"
            # What is wrong then is a broadcast: both names say it.
            also = ((statement.lineno, "shape"),)
            yield _axis(reading, text, statement, what, also)


def dropped_reduction(reading: Reading) -> Iterator[Mutant]:
    """``db = dz.sum(axis=0)`` becomes ``db = dz``."""
    program = reading.program
    for statement, call in _reductions(reading):
        inner = call.args[0] if _of_numpy(call) else _owner(call)
        if inner is not None:
            text = program.with_expression(call, program.source(inner))
            what = f"{ast.unparse(call)} not reduced"
            yield _axis(reading, text, statement, what)


def _reductions(reading: Reading) -> Iterator[tuple[ast.stmt, ast.Call]]:
    for statement, value in reading.expressions():
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                full = not _of_numpy(node) or len(node.args) == 1
                if node.func.attr in REDUCTIONS and full:
                    yield statement, node


def _of_numpy(call: ast.Call) -> bool:
    owner = _owner(call)
    return isinstance(owner, ast.Name) and owner.id in ("np", "numpy")


def _owner(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _axis(
    reading: Reading,
    text: str,
    statement: ast.stmt,
    what: str,
    also: tuple[Answer, ...] = (),
) -> Mutant:
    name = reading.program.name
    return Mutant(name, text, statement.lineno, "wrong-axis", what, also=also)


def stretched(reading: Reading) -> Iterator[Mutant]:
    """A row meets a column: an operand is flattened, or made a column."""
    program = reading.program
    for statement, value in reading.expressions():
        for node in ast.walk(value):
            elementwise = isinstance(node, ast.BinOp) and isinstance(
                node.op, ast.Mult | ast.Sub
            )
            if not elementwise:
                continue
            assert isinstance(node, ast.BinOp)
            for side in (node.left, node.right):
                if not is_reference(side) or not leaf(side):
                    continue
                for ending in (".ravel()", "[:, None]"):
                    text = program.with_expression(side, program.source(side) + ending)
                    what = f"{ast.unparse(side)}{ending} broadcasts"
                    line = statement.lineno
                    yield Mutant(program.name, text, line, "shape", what)
