"""Mistakes of the step itself: uphill, too early, or over what was added up before."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .mutant import Mutant
from .names import is_gradient, is_reference, leaf, reads, target_of, value_of
from .reading import Reading, Update


def uphill(reading: Reading) -> Iterator[Mutant]:
    """One update adds where it should subtract, or the other way round."""
    program = reading.program
    for update in reading.updates:
        statement = update.statement
        if isinstance(statement, ast.AugAssign):
            first = program.span(statement.target)[1]
            last = program.span(statement.value)[0]
        else:
            step = update.value
            step = step.elt if isinstance(step, ast.ListComp) else step
            while isinstance(step, ast.BinOp) and not is_reference(step.left):
                step = step.left
            if not isinstance(step, ast.BinOp):
                continue
            first = program.span(step.left)[1]
            last = program.span(step.right)[0]
        old = program.text[first:last]
        new = old.replace("+", "-") if "+" in old else old.replace("-", "+")
        text = program.with_text(first, last, new)
        what = f"{ast.unparse(update.target)} moves uphill"
        yield Mutant(program.name, text, statement.lineno, "update-sign", what)


def moved_too_early(reading: Reading) -> Iterator[Mutant]:
    """A weight is updated before the backward pass has used it for the last time."""
    program = reading.program
    for update in reading.updates:
        block = program.block(update.statement)
        place = block.index(update.statement)
        for position in range(place):
            use = block[position]
            if use not in reading.backward or not _uses(use, update.target):
                continue
            carried = _carried(block[position:place], update)
            if carried is None or use in carried:
                continue
            movers = [*carried, update.statement]
            text = program.moved(movers, use)
            height = sum((s.end_lineno or s.lineno) - s.lineno + 1 for s in movers)
            what = f"{ast.unparse(update.target)} is updated before line {use.lineno}"
            line = use.lineno + height
            yield Mutant(program.name, text, line, "updated-weight", what)
            break


def _uses(statement: ast.stmt, weight: ast.expr) -> bool:
    value = value_of(statement)
    return value is not None and any(
        ast.unparse(part) == ast.unparse(weight) for part in ast.walk(value)
    )


def _carried(between: list[ast.stmt], update: Update) -> list[ast.stmt] | None:
    """What has to move along, so that the update finds the gradient it reads."""
    needed = reads(update.statement) - {leaf(update.target)}
    carried: list[ast.stmt] = []
    for statement in reversed(between):
        target = target_of(statement)
        if target is not None and leaf(target) in needed:
            carried.insert(0, statement)
            needed |= reads(statement)
        elif target is None and not isinstance(statement, ast.Expr | ast.If):
            return None
    return carried


def overwritten(reading: Reading) -> Iterator[Mutant]:
    """``+=`` becomes ``=``, over examples, time steps or paths."""
    program = reading.program
    for statement in reading.backward:
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
            first = program.span(statement.target)[1]
            last = program.span(statement.value)[0]
            new = program.text[first:last].replace("+=", "=")
            text = program.with_text(first, last, new)
        else:
            found = _addition_to_itself(statement)
            if found is None:
                continue
            text = program.with_expression(*found)
        place = target_of(statement)
        assert place is not None
        what = f"{ast.unparse(place)} overwritten instead of added to"
        line = statement.lineno
        yield Mutant(program.name, text, line, "overwritten-accumulator", what)


def _addition_to_itself(statement: ast.stmt) -> tuple[ast.expr, ast.expr] | None:
    """``dW = dW + new`` and ``[nb + dnb for nb, dnb in zip(total, new)]``."""
    if not isinstance(statement, ast.Assign):
        return None
    target, value = statement.targets[0], statement.value
    if isinstance(value, ast.ListComp) and isinstance(value.elt, ast.BinOp):
        own = is_gradient(leaf(target)) and leaf(target) in reads(value)
        return (value.elt, value.elt.right) if own else None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        left = ast.unparse(value.left) == ast.unparse(target)
        return (value, value.right) if left else None
    return None


def indexed_addition(reading: Reading) -> Iterator[Mutant]:
    """``np.add.at(dE, rows, g)`` becomes ``dE[rows] += g``: repeated rows are lost."""
    program = reading.program
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add.at"):
            place, rows, new = (program.source(argument) for argument in node.args)
            rows = re.sub(r"^\((.*)\)$", r"\1", rows)
            statement = program.statement(node)
            text = program.with_text(
                *program.span(statement), f"{place}[{rows}] += {new}"
            )
            line = statement.lineno
            what = f"np.add.at on {place} written as an indexed +="
            yield Mutant(program.name, text, line, "overwritten-accumulator", what)
