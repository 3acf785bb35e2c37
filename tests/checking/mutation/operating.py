"""Another variable of a fitting shape in a line of the backward pass."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .mutant import Mutant
from .names import is_gradient, is_reference, leaf, target_of
from .products import products, slopes
from .reading import Reading
from .regularizing import penalty_names, reg_term
from .sloping import is_cross_entropy
from .text import Program, expression


def other_operand(reading: Reading) -> Iterator[Mutant]:
    """``X`` for ``a1``, ``W2`` for ``W1``, ``h[t]`` for ``h[t - 1]``.

    Candidates are the forward variables of the same scope; those whose shapes do not
    are sorted out when the mutant runs.
    """
    program = reading.program
    targets = [target_of(statement) for statement in reading.backward]
    made = {leaf(target) for target in targets if target is not None} - {""}
    made |= _of_forward(program)
    strengths = penalty_names(program)
    for statement, value in reading.expressions():
        penalty = reg_term(value, strengths)
        inside_slopes = {
            id(node)
            for product in products(reading, value)
            for slope in slopes(product)
            for factor in slope.factors
            for node in ast.walk(factor)
        }
        if isinstance(value, ast.ListComp):
            continue
        for node in _forward_operands(reading, value):
            if id(node) in inside_slopes:
                continue
            for other in _alternatives(reading, statement, node):
                if other == _subtracted(program.parents[node], node):
                    continue  # nobody writes y - y
                text = program.with_expression(node, expression(other))
                what = f"{other} for {ast.unparse(node)}"
                line = statement.lineno
                # What another line of the backward pass gave isn't used any more.
                gone = leaf(node) in made or is_gradient(leaf(node))
                also = ((line, "dropped-upstream"),) if gone else ()
                # Another strength, or another weight, makes the L2 term a wrong one.
                if penalty is not None and node in set(ast.walk(penalty[2])):
                    also = (*also, (line, "regularization"))
                yield Mutant(program.name, text, line, "wrong-operand", what, also=also)


def other_gradient(reading: Reading) -> Iterator[Mutant]:
    """An update takes the step of another parameter, or a line another gradient."""
    program = reading.program
    moves: list[ast.stmt] = [update.statement for update in reading.updates]
    steps = {id(update.statement): update.step for update in reading.updates}
    weights = {leaf(update.target) for update in reading.updates}
    for statement in [*reading.backward, *moves]:
        value = steps.get(id(statement), getattr(statement, "value", None))
        if value is None or isinstance(value, ast.Tuple):
            continue
        for node in _gradient_operands(reading, value):
            for other in _gradients_before(reading, statement, node):
                if is_cross_entropy(reading, node, expression(other)):
                    continue
                text = program.with_expression(node, expression(other))
                what = f"{other} for {ast.unparse(node)}"
                line = statement.lineno
                # A gradient from further up is also one that isn't chained; and a
                # weight in the place of its gradient is none.
                step = statement in moves and leaf(expression(other)) not in weights
                also = () if step else ((line, "dropped-upstream"),)
                yield Mutant(program.name, text, line, "wrong-operand", what, also=also)


def other_step(reading: Reading) -> Iterator[Mutant]:
    """``h[t]`` for ``h[t - 1]``, ``activations[-l]`` for ``activations[-l - 1]``."""
    program = reading.program
    for statement, value in reading.expressions():
        for node in ast.walk(value):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.BinOp):
                index = node.slice
                if isinstance(index.op, ast.Add | ast.Sub) and isinstance(
                    index.right, ast.Constant
                ):
                    text = program.with_expression(index, index.left)
                    what = f"[{ast.unparse(index.left)}] for [{ast.unparse(index)}]"
                    line = statement.lineno
                    yield Mutant(program.name, text, line, "wrong-operand", what)


def _of_forward(program: Program) -> set[str]:
    """Names like ``dlines``, where ``lines`` is another's: whatever they look like."""
    stored = {
        node.id
        for node in ast.walk(program.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return {name for name in stored if name[0] == "d" and name[1:] in stored}


def _subtracted(parent: ast.AST, node: ast.expr) -> str:
    """The other side of a difference."""
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Sub):
        return ast.unparse(parent.right if parent.left is node else parent.left)
    return ""


def _numbers(reading: Reading) -> set[str]:
    """Names that are given a plain number: no arrays."""
    return {
        leaf(node.targets[0])
        for node in ast.walk(reading.program.tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


def _largest_references(value: ast.expr) -> Iterator[ast.expr]:
    inner: set[int] = set()
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            inner |= {id(part) for part in ast.walk(node.func)}
            if isinstance(node.func, ast.Attribute) and is_reference(node.func.value):
                owner = node.func.value
                if leaf(owner) not in ("np", "numpy", "self"):
                    yield owner
        if isinstance(node, ast.Subscript):
            inner |= {id(part) for part in ast.walk(node.slice)}
        if id(node) in inner or not isinstance(node, ast.expr):
            continue
        if is_reference(node):
            inner |= {id(part) for part in ast.walk(node)}
            if isinstance(node, ast.Attribute) and node.attr in ("T", "shape"):
                node = node.value
            if is_reference(node):
                yield node


def _forward_operands(reading: Reading, value: ast.expr) -> Iterator[ast.expr]:
    numbers = _numbers(reading)
    for node in _largest_references(value):
        name = leaf(node)
        if name in numbers:
            continue
        if name and not reading.is_gradient(name) and _is_array_name(name):
            yield node


def _gradient_operands(reading: Reading, value: ast.expr) -> Iterator[ast.expr]:
    for node in _largest_references(value):
        if reading.is_gradient(leaf(node)):
            yield node


def _is_array_name(name: str) -> bool:
    scalar = (
        r"^(m|n|N|i|j|t|k|l|lr|eta|reg|lam\w*|learn\w*|alpha|np|numpy|len|range|self"
    )
    return not re.match(scalar + r"|n_\w+|num_\w+|batch_size|\w+_rate|shape)$", name)


def _alternatives(reading: Reading, statement: ast.stmt, node: ast.expr) -> list[str]:
    """Other places that the backward pass of the same function reads, in order."""
    scope = _scope(reading, statement)
    found: dict[str, None] = {}
    for other, value in reading.expressions():
        if _scope(reading, other) is scope:
            for operand in _forward_operands(reading, value):
                found.setdefault(ast.unparse(operand))
    own = ast.unparse(node)
    kind = _is_weight(own)
    return [name for name in found if name != own and _is_weight(name) == kind]


def _gradients_before(
    reading: Reading, statement: ast.stmt, node: ast.expr
) -> list[str]:
    scope = _scope(reading, statement)
    found: dict[str, None] = {}
    for other in reading.backward:
        target = target_of(other)
        if other.lineno >= statement.lineno or _scope(reading, other) is not scope:
            continue
        if target is not None and is_reference(target):
            found.setdefault(ast.unparse(target))
    return [name for name in found if name != ast.unparse(node)]


def _is_weight(name: str) -> bool:
    return bool(re.search(r"(^|[._'\"])(W|w|weights?|syn|theta)", name))


def _scope(reading: Reading, statement: ast.stmt) -> ast.AST:
    for node in reading.program.above(statement):
        if isinstance(node, ast.FunctionDef | ast.Module):
            return node
    return reading.program.tree
