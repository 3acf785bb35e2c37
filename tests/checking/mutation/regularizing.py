"""Mistakes of the L2 term: left out, of the wrong size, or on a bias.

They are planted only where the program says that its loss has such a term, because a
penalty that no loss states is a choice and not a mistake.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .mutant import Mutant
from .names import leaf, reads, target_of, value_of
from .reading import Reading
from .text import Program, same


def reg_names(program: Program) -> set[str]:
    """The names of a strength of L2 regularization."""
    pattern = re.compile(
        r"^(reg\w*|lambd?a?_?\w*|lmbda|lambd|lam|l2\w*|(weight_)?decay|wd|alpha)$", re.I
    )
    return {
        leaf(node)
        for node in ast.walk(program.tree)
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
        and pattern.match(leaf(node))
        and not re.match(r"l2_(delta|error|out|in|w)", leaf(node))
    }


def loss_text(program: Program) -> str:
    """The lines that say what the loss is, as one string; empty where none does."""
    lines = []
    for node in ast.walk(program.tree):
        place = target_of(node) if isinstance(node, ast.stmt) else None
        if place is not None and re.search(r"loss|cost|penalty|^J$|^E$", leaf(place)):
            lines.append(ast.unparse(node))
        if isinstance(node, ast.FunctionDef) and re.search("loss|cost", node.name):
            lines += [
                ast.unparse(n) for n in ast.walk(node) if isinstance(n, ast.Return)
            ]
    return "\n".join(lines)


def penalty_names(program: Program) -> set[str]:
    """Those that the loss reads: what they scale is the L2 term."""
    return reg_names(program) & set(re.findall(r"\w+", loss_text(program)))


def regularized(reading: Reading) -> Iterator[Mutant]:
    """The L2 term dropped, doubled, or with a bias decayed along."""
    program = reading.program
    names = penalty_names(program)
    for statement in reading.backward:
        value = value_of(statement)
        target = target_of(statement)
        if value is None or target is None or not names & reads(value):
            continue
        line = statement.lineno
        term = reg_term(value, names)
        if term is None and isinstance(statement, ast.AugAssign):
            doubled = program.with_expression(value, f"2 * {program.source(value)}")
            yield _reg(program, doubled, line, "L2 term doubled")
            halved = program.with_expression(value, f"0.5 * {program.source(value)}")
            yield _reg(program, halved, line, "L2 term halved")
            yield from _reg_dropped(reading, statement, target)
        elif term is not None:
            holder, rest, part = term
            dropped = program.with_expression(holder, rest)
            yield _reg(program, dropped, line, "L2 term left out")
            doubled = program.with_expression(part, f"2 * {program.source(part)}")
            yield _reg(program, doubled, line, "L2 term doubled")
    yield from _reg_on_bias(reading, names)


def _reg(program: Program, text: str, line: int, what: str) -> Mutant:
    return Mutant(program.name, text, line, "regularization", what)


def reg_term(
    value: ast.expr, names: set[str]
) -> tuple[ast.BinOp, ast.expr, ast.expr] | None:
    """``(a + reg * W, a, reg * W)`` where a sum has the L2 term on one side."""
    for node in ast.walk(value):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sides = [(node.left, node.right), (node.right, node.left)]
            for rest, part in sides:
                if names & reads(part) and not names & reads(rest):
                    return node, rest, part
    return None


def _reg_dropped(
    reading: Reading, statement: ast.AugAssign, target: ast.expr
) -> Iterator[Mutant]:
    """Its own statement is gone: it is missed at any line that makes or uses dW."""
    program = reading.program
    block = program.block(statement)
    same_place = [
        other
        for other in [*reading.backward, *(u.statement for u in reading.updates)]
        if other is not statement and leaf(target) in reads(other) | _made(other)
    ]
    shift = 0 if len(block) == 1 else 1
    lines = [
        other.lineno - (shift if other.lineno > statement.lineno else 0)
        for other in same_place
    ]
    if lines:
        # The line that is gone can't be named: any line of the same gradient will do.
        also = tuple((line, "regularization") for line in lines[1:])
        yield Mutant(
            program.name,
            program.without(statement),
            lines[0],
            "regularization",
            f"L2 term of {ast.unparse(target)} left out",
            also=also,
        )


def _made(statement: ast.stmt) -> set[str]:
    target = target_of(statement)
    return {leaf(target)} if target is not None else set()


def _reg_on_bias(reading: Reading, names: set[str]) -> Iterator[Mutant]:
    """``db = ...`` gets the L2 term that belongs to the weights alone."""
    program = reading.program
    moved = {leaf(update.target): update.target for update in reading.updates}
    strength = next(
        (
            ast.unparse(node)
            for statement, value in reading.expressions()
            for node in ast.walk(value)
            if leaf(node) in names and isinstance(node, ast.Name | ast.Attribute)
        ),
        None,
    )
    for statement, value in reading.expressions():
        target = target_of(statement)
        name = leaf(target) if target is not None else ""
        bias = moved.get(name[1:]) if re.match(r"d_?b", name) else None
        if strength and bias is not None and not names & reads(value):
            added = f"{program.source(value)} + {strength} * {ast.unparse(bias)}"
            text = program.with_expression(value, added)
            what = f"{ast.unparse(bias)} is regularized"
            if not same(ast.parse(text), program.tree):
                yield _reg(program, text, statement.lineno, what)
