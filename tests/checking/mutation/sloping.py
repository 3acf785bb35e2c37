"""Mistakes with the slope of an activation: left out, wrong, or at the wrong point."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from .mutant import Mutant
from .names import is_difference, is_reference, leaf, reads, target_of
from .products import (
    Slope,
    one_minus,
    one_minus_square,
    products,
    slopes,
    without_factors,
)
from .reading import Reading
from .regularizing import loss_text
from .text import Program, expression, same


def forgotten_slope(reading: Reading) -> Iterator[Mutant]:
    """The slope is left out of a product, whole or its second factor alone."""
    for statement, product, slope in _every_slope(reading):
        droppings = [slope.factors]
        if len(slope.factors) > 1:
            droppings.append(slope.factors[1:])
        for gone in droppings:
            rest = without_factors(product, gone)
            whole = gone == slope.factors
            if whole and rest and is_cross_entropy(reading, product, rest):
                continue
            if rest is not None:
                text = reading.program.with_expression(product, rest)
                what = f"without {' * '.join(ast.unparse(part) for part in gone)}"
                mutant = _mutant(reading, text, statement, "missing-derivative", what)
                later = (
                    _readers_of_its_claim(reading, statement, slope) if whole else []
                )
                also = tuple((line, "missing-derivative") for line in later)
                yield replace(mutant, also=also)


def _readers_of_its_claim(
    reading: Reading, statement: ast.stmt, slope: Slope
) -> list[int]:
    """Of ``dh = dy @ W.T`` the name holds: what reads dh may lack the slope as well."""
    target = target_of(statement)
    if target is None or slope.at is None:
        return []
    if leaf(target).replace("_", "") != f"d{leaf(slope.at)}".replace("_", ""):
        return []
    return [
        other.lineno
        for other, value in reading.expressions()
        if other.lineno > statement.lineno and leaf(target) in reads(value)
    ]


def is_cross_entropy(reading: Reading, value: ast.expr, rest: ast.expr) -> bool:
    """No mistake, where no line states a loss: ``t - o`` is the cross-entropy's.

    ``value`` is a place or a product whose slope is left out, ``rest`` what is left.
    """
    text = reading.program.text
    if loss_text(reading.program) or "exp(" not in text or "tanh" in text:
        return False  # where every activation is a sigmoid one needn't ask which
    value, rest = _made_of(reading, value), _made_of(reading, rest)
    if not is_difference(rest):
        return False
    sides = {ast.unparse(rest.left), ast.unparse(rest.right)}
    sides |= {v for place, v in _assigned(reading) if place in sides}
    return any(
        slope.kind in ("sigmoid", "call") and ast.unparse(slope.at) in sides
        for product in products(reading, value)
        for slope in slopes(product)
        if slope.at is not None and without_factors(product, slope.factors) is not None
    )


def _made_of(reading: Reading, node: ast.expr) -> ast.expr:
    """What a place was given, the last time."""
    own = ast.unparse(node)
    found = [v for place, v in _assigned(reading) if place == own]
    return expression(found[-1]) if found else node


def _assigned(reading: Reading) -> list[tuple[str, str]]:
    return [
        (ast.unparse(node.targets[0]), ast.unparse(node.value))
        for node in ast.walk(reading.program.tree)
        if isinstance(node, ast.Assign)
    ]


def forgotten_mask(reading: Reading) -> Iterator[Mutant]:
    """``dh[h <= 0] = 0`` is left out."""
    program = reading.program
    for statement in reading.backward:
        target = target_of(statement)
        if not isinstance(statement, ast.Assign) or not isinstance(
            target, ast.Subscript
        ):
            continue
        if not isinstance(target.slice, ast.Compare):
            continue
        name = leaf(target)
        around = [
            other
            for other in reading.backward
            if other is not statement
            and (name in reads(other) or _holds(other, name))
            and abs(other.lineno - statement.lineno) < 30
        ]
        before = [s for s in around if s.lineno < statement.lineno and _holds(s, name)]
        after = [s for s in around if s.lineno > statement.lineno]
        lines = [s.lineno for s in before[-1:]] + [s.lineno - 1 for s in after]
        if lines:
            # The line that is gone can't be named. Where the gradient is made or where
            # it is first used, the mask can be put in.
            also = tuple((line, "missing-derivative") for line in lines[1:])
            text = program.without(statement)
            what = f"without {ast.unparse(statement)}"
            yield Mutant(
                program.name, text, lines[0], "missing-derivative", what, also=also
            )


def _holds(statement: ast.stmt, name: str) -> bool:
    target = target_of(statement)
    return target is not None and leaf(target) == name


def at_another_point(reading: Reading) -> Iterator[Mutant]:
    """The slope is taken at ``z`` instead of ``a``, at ``a`` for ``z``, or beside."""
    partners = _partners(reading)
    for statement, product, slope in _every_slope(reading):
        if slope.at is None or not is_reference(slope.at):
            continue
        for other in partners.get(ast.unparse(slope.at), []):
            parts: dict[ast.expr, ast.expr] = {
                node: expression(other)
                for factor in slope.factors
                for node in ast.walk(factor)
                if isinstance(node, ast.expr) and same(node, slope.at)
            }
            text = reading.program.with_parts(product, parts)
            what = f"slope at {other} instead of {ast.unparse(slope.at)}"
            yield _mutant(reading, text, statement, "derivative-at-wrong-point", what)


def activated_twice(reading: Reading) -> Iterator[Mutant]:
    """``a * (1 - a)`` becomes ``sigmoid(a) * (1 - sigmoid(a))``."""
    named = {
        leaf(n.func) for n in ast.walk(reading.program.tree) if isinstance(n, ast.Call)
    }
    for statement, product, slope in _every_slope(reading):
        if slope.at is None or slope.kind not in ("sigmoid", "tanh"):
            continue
        function = "sigmoid" if slope.kind == "sigmoid" else "np.tanh"
        if not is_reference(slope.at) or function == "sigmoid" not in named:
            continue
        if function == "sigmoid" and any(
            isinstance(n, ast.FunctionDef)
            and n.name == "sigmoid"
            and n.args.args[:1]
            and n.args.args[0].arg == "self"
            for n in ast.walk(reading.program.tree)
        ):
            function = "self.sigmoid"
        spelled = f"{function}({ast.unparse(slope.at)})"
        parts: dict[ast.expr, ast.expr] = {
            node: expression(spelled)
            for factor in slope.factors
            for node in ast.walk(factor)
            if isinstance(node, ast.expr) and same(node, slope.at)
        }
        text = reading.program.with_parts(product, parts)
        what = f"slope at {spelled}, activated twice"
        yield _mutant(reading, text, statement, "derivative-at-wrong-point", what)


def wrong_formula(reading: Reading) -> Iterator[Mutant]:
    """``1 + a**2``, ``a * (1 + a)``, ``a * (a - 1)``: in the line or in its helper."""
    for statement, product, slope in _every_slope(reading):
        for part, wrong in _formulas(slope):
            text = reading.program.with_parts(product, {part: expression(wrong)})
            what = f"{ast.unparse(part)} became {wrong}"
            yield _mutant(reading, text, statement, "wrong-derivative", what)


def wrong_helper(reading: Reading) -> Iterator[Mutant]:
    """The same in a helper function: its own line is the wrong one."""
    program = reading.program
    for statement in reading.slope_returns:
        assert statement.value is not None
        for product in products(reading, statement.value):
            for slope in slopes(product):
                for part, wrong in _formulas(slope):
                    text = program.with_parts(product, {part: expression(wrong)})
                    what = f"in the helper {ast.unparse(part)} became {wrong}"
                    yield _mutant(reading, text, statement, "wrong-derivative", what)
                rest = without_factors(product, slope.factors[1:])
                if rest is not None and len(slope.factors) > 1:
                    text = program.with_expression(product, rest)
                    what = f"the helper returns {ast.unparse(rest)}"
                    yield _mutant(reading, text, statement, "wrong-derivative", what)


def helper_at_its_argument(reading: Reading) -> Iterator[Mutant]:
    """``sigmoid(x) * (1 - sigmoid(x))`` becomes ``x * (1 - x)`` in the helper."""
    program = reading.program
    for statement in reading.slope_returns:
        assert statement.value is not None
        calls = [
            node
            for node in ast.walk(statement.value)
            if isinstance(node, ast.Call)
            and len(node.args) == 1
            and re.search(r"sigmoid|tanh|logistic", leaf(node.func))
        ]
        if calls:
            parts: dict[ast.expr, ast.expr] = {c: c.args[0] for c in calls}
            text = program.with_parts(statement.value, parts)
            what = f"the helper takes {ast.unparse(calls[0].args[0])} as if activated"
            # The formula suits an activated argument, and the callers pass another: one
            # may call that a wrong formula as well.
            also = ((statement.lineno, "wrong-derivative"),)
            at = _calls_of(program, statement)
            if len(at) == 1:  # that one call mends as well, with what is activated
                also = (*also, (at[0], "derivative-at-wrong-point"))
            yield Mutant(
                program.name,
                text,
                statement.lineno,
                "derivative-at-wrong-point",
                what,
                also=also,
            )


def _calls_of(program: Program, statement: ast.stmt) -> list[int]:
    """The lines that call the function which a statement stands in."""
    around = [n for n in program.above(statement) if isinstance(n, ast.FunctionDef)]
    return [
        node.lineno
        for node in ast.walk(program.tree)
        if isinstance(node, ast.Call) and around and leaf(node.func) == around[0].name
    ]


def _every_slope(reading: Reading) -> Iterator[tuple[ast.stmt, ast.expr, Slope]]:
    for statement, value in reading.expressions():
        for product in products(reading, value):
            for slope in slopes(product):
                yield statement, product, slope


def _formulas(slope: Slope) -> Iterator[tuple[ast.expr, str]]:
    """A part of a slope and what it is mistaken for."""
    last = slope.factors[-1]
    if slope.kind == "sigmoid" and (a := one_minus(last)) is not None:
        yield last, f"(1 + {ast.unparse(a)})"
        yield last, f"({ast.unparse(a)} - 1)"
    if slope.kind == "tanh" and (a := one_minus_square(last)) is not None:
        assert isinstance(last, ast.BinOp)
        yield last, f"(1 + {ast.unparse(last.right)})"
        yield last, f"(1 - {ast.unparse(a)})"
    if slope.kind == "mask":
        for node in ast.walk(last):
            if isinstance(node, ast.Compare):
                turned = "<" if isinstance(node.ops[0], ast.Gt | ast.GtE) else ">"
                left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
                yield node, f"({left} {turned} {right})"


def _partners(reading: Reading) -> dict[str, list[str]]:
    """For each activation its own input first, then other activations; and back."""
    pairs: dict[str, str] = {}
    for node in ast.walk(reading.program.tree):
        if not isinstance(node, ast.Assign) or node in reading.backward:
            continue
        target, value = node.targets[0], node.value
        if isinstance(value, ast.Call) and is_reference(target):
            known = re.search(r"sigmoid|tanh|relu|logistic|act", leaf(value.func), re.I)
            argument = value.args[0] if value.args else None
            if known and argument is not None and is_reference(argument):
                pairs[ast.unparse(target)] = ast.unparse(argument)
    found: dict[str, list[str]] = {}
    for a, z in pairs.items():
        found[a] = [z, *(other for other in pairs if other != a)]
        found[z] = [a, *(other for other in pairs.values() if other != z)]
    return found


def _mutant(
    reading: Reading, text: str, statement: ast.stmt, mistake: str, what: str
) -> Mutant:
    return Mutant(reading.program.name, text, statement.lineno, mistake, what)
