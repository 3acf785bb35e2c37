"""The slope of a sigmoid where a softmax mixes its outputs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .mutant import Mutant
from .names import is_reference, leaf, target_of
from .reading import Reading


def jacobian_of_each(reading: Reading) -> Iterator[Mutant]:
    """``probs - onehot`` gets ``* probs * (1 - probs)``, as if outputs didn't mix."""
    program = reading.program
    mixed = _softmax_outputs(reading)
    for statement, value in reading.expressions():
        line = statement.lineno
        for node in ast.walk(value):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
                p = ast.unparse(node.left)
                if is_reference(node.left) and p in mixed:
                    wrong = f"({ast.unparse(node)}) * {p} * (1 - {p})"
                    text = program.with_expression(node, wrong)
                    what = f"times {p} * (1 - {p})"
                    yield Mutant(program.name, text, line, "softmax-jacobian", what)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Div):
            made = leaf(statement.target)
            for p in mixed & _sources(reading, made):
                wrong = f"{ast.unparse(value)} / ({p} * (1 - {p}))"
                text = program.with_expression(value, wrong)
                what = f"times {p} * (1 - {p})"
                yield Mutant(program.name, text, line, "softmax-jacobian", what)


def jacobian_below(reading: Reading) -> Iterator[Mutant]:
    """A line ``dscores *= probs * (1 - probs)`` below ``dscores[rows, y] -= 1``."""
    program = reading.program
    mixed = _softmax_outputs(reading)
    for statement in reading.backward:
        target = target_of(statement)
        if not isinstance(statement, ast.AugAssign):
            continue
        if not isinstance(target, ast.Subscript) or not is_reference(target.value):
            continue
        name = ast.unparse(target.value)
        for p in sorted(mixed & _sources(reading, leaf(target))):
            added = f"{name} *= {p} * (1 - {p})"
            end = program.span(statement)[1]
            indent = "\n" + " " * statement.col_offset
            text = program.with_text(end, end, indent + added)
            line = (statement.end_lineno or statement.lineno) + 1
            what = f"a line below: {added}"
            yield Mutant(program.name, text, line, "softmax-jacobian", what)


def _softmax_outputs(reading: Reading) -> set[str]:
    """The places that hold a softmax: by its function, or ``e / np.sum(e)``."""
    powers: set[str] = set()
    found: set[str] = set()
    for node in ast.walk(reading.program.tree):
        if not isinstance(node, ast.Assign) or node in reading.backward:
            continue
        place, value = ast.unparse(node.targets[0]), node.value
        called = isinstance(value, ast.Call) and "softmax" in leaf(value.func).lower()
        if called or _is_normalised(value, powers):
            found.add(place)
        elif "exp(" in ast.unparse(value):
            powers.add(place)
    return found


def _is_normalised(value: ast.expr, powers: set[str]) -> bool:
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Div):
        return False
    top, bottom = ast.unparse(value.left), ast.unparse(value.right)
    return (top in powers or "exp(" in top) and "sum(" in bottom and top in bottom


def _sources(reading: Reading, name: str) -> set[str]:
    """Which places a gradient was copied from: ``dscores = probs.copy()``."""
    return {
        ast.unparse(part)
        for statement, value in reading.expressions()
        if _made(statement) == name and "copy" in ast.unparse(value)
        for part in ast.walk(value)
        if is_reference(part)
    }


def _made(statement: ast.stmt) -> str:
    target = target_of(statement)
    return leaf(target) if target is not None else ""
