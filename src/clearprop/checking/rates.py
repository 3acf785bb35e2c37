"""What the text of an update says of its rate.

Two weights may have rates of their own, 0.1 and 0.01, and both be right. The same rate
twice in one step, ``lr * lr * dW``, is a mistake even where the numbers are alike. So
are two numbers, ``2 * (0.1 * dW)``, where the step of another weight has one. And what
isn't a rate at all is no rate of its own: a gradient as it is, ``b -= db`` beside
``W -= 0.5 * dW``, or a sum where the others are divided by the number of examples.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType

from clearprop.checking.names import step_stem
from clearprop.trace.loss import identifier


@dataclass(frozen=True, slots=True)
class Form:
    """How a step is scaled, as its text shows.

    ``bare``: by no rate, ``W -= dW / n``. ``counted``: it is divided by something with
    a name, as ``lr * dW / m``. ``doubled``: 2 or 0.5 stands beside a rate. ``twice``:
    one name stands there twice. ``numbers``: how many it is multiplied by, 1 apart.
    """

    bare: bool
    counted: bool
    doubled: bool
    twice: bool
    numbers: int
    names: frozenset[str]


@lru_cache(maxsize=64)
def _twice(tree: ast.AST) -> dict[int, dict[str, bool]]:
    """Whether each assignment has a product with one name, or two numbers, in it."""
    found: dict[int, dict[str, bool]] = {}
    for statement in _assignments(tree):
        twice = any(_has_two_rates(node) for node in ast.walk(statement.value))
        for place in _places(statement):
            found.setdefault(statement.lineno, {})[place] = twice
    return found


def _places(statement: ast.Assign | ast.AugAssign) -> list[str]:
    """Where a value goes, as text."""
    if isinstance(statement, ast.AugAssign):
        return [ast.unparse(statement.target)]
    return [ast.unparse(target) for target in statement.targets[:1]]


def _has_two_rates(node: ast.AST) -> bool:
    """``lr * lr * dW``; or ``2 * (0.1 * dW)``, which nobody's own rate looks like."""
    parts = factors(node)
    texts = [ast.unparse(n) for n in parts if _is_plain(n)]
    numbers = [n for n in parts if isinstance(n, ast.Constant) and n.value != 1]
    return len(set(texts)) < len(texts) or len(numbers) > 1


def twice_scaled(tree: ast.AST, line: int, place: str) -> bool:
    """Whether the statement on a line that moves a place multiplies twice."""
    found = _twice(tree).get(line, {})
    return found.get(place, any(found.values()))


@lru_cache(maxsize=8)
def _written(tree: ast.AST) -> dict[int, float]:
    """The one number that each step is multiplied by: the 0.5 of ``W -= 0.5 * dW``."""
    found: dict[int, float] = {}
    for statement, step in _steps(tree):
        numbers = [
            float(n.value)
            for n in (_numerator(n) for n in factors(step))
            if isinstance(n, ast.Constant) and isinstance(n.value, int | float)
        ]
        if len(numbers) == 1:
            found[statement.lineno] = numbers[0]
    return found


def _assignments(tree: ast.AST) -> Iterator[ast.Assign | ast.AugAssign]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign):
            yield node


def _steps(tree: ast.AST) -> Iterator[tuple[ast.Assign | ast.AugAssign, ast.expr]]:
    """The statements that add something to a place or take it away, and what."""
    for statement in _assignments(tree):
        step = _spelled_out(tree, statement)
        if step is not None:
            yield statement, step


def _spelled_out(
    tree: ast.AST, statement: ast.Assign | ast.AugAssign
) -> ast.expr | None:
    """A step; of one with a name, ``W = W - step``, what the name was given above."""
    step = _step(statement)
    if isinstance(step, ast.Name):
        return _given(tree, step.id, statement.lineno, ast.operator) or step
    if isinstance(step, ast.BinOp) and isinstance(step.op, ast.Mult):
        named = step.right  # rate * delta_w, where delta_w = 2 * (...)
        if isinstance(named, ast.Name) and step_stem(named.id) is not None:
            product = _given(tree, named.id, statement.lineno, ast.Mult | ast.Div)
            if product is not None:
                return ast.BinOp(step.left, step.op, product)
    return step


def _given(
    tree: ast.AST, name: str, before: int, kinds: type | UnionType
) -> ast.expr | None:
    """The product, or sum, that a name was given last above a line."""
    given = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Assign)
        and ast.unparse(n.targets[0]) == name
        and n.lineno < before
    ]
    last = max(given, key=lambda n: n.lineno, default=None)
    value = last.value if last is not None else None
    return (
        value if isinstance(value, ast.BinOp) and isinstance(value.op, kinds) else None
    )


def _step(statement: ast.Assign | ast.AugAssign) -> ast.expr | None:
    """What is added or taken away: of ``W -= step``, and of ``W = p["W"] - step``."""
    if isinstance(statement, ast.AugAssign):
        return statement.value
    if len(statement.targets) != 1:
        return None
    sum_ = statement.value
    listed = isinstance(sum_, ast.ListComp)
    sum_ = sum_.elt if isinstance(sum_, ast.ListComp) else sum_
    if not isinstance(sum_, ast.BinOp) or not isinstance(sum_.op, ast.Add | ast.Sub):
        return None
    again = _is_place(sum_.left) and _name(sum_.left) == _name(statement.targets[0])
    return sum_.right if listed or again else None


def _name(place: ast.expr) -> str:
    return identifier(ast.unparse(place))


def written_rate(tree: ast.AST, line: int) -> float | None:
    """The rate that an update has as a number of its own, or None."""
    return _written(tree).get(line)


def own_rates(forms: Sequence[Form | None]) -> list[bool]:
    """Whether each of these steps is scaled by what may be a rate of its own."""
    known = [f for f in forms if f is not None]
    if len(known) < len(forms):
        return [True] * len(forms)
    counted = sum(f.counted for f in known)
    some_counted = counted * 2 > len(known) - counted  # not one of three
    some_rated = any(not f.bare for f in known)
    return [
        (f.counted or not some_counted)
        and not (f.bare and some_rated)
        and not (f.doubled and any(_plainly(f, other) for other in known))
        and not (f.numbers > 1 and any(other.numbers == 1 for other in known))
        for f in known
    ]


def scaled_alone(forms: Sequence[Form | None]) -> list[bool]:
    """Whether each has its rate twice, or a 2 beside it, and another has it once."""
    known = [f for f in forms if f is not None]
    every = all(f is not None and f.twice for f in forms)
    return [
        form is not None
        and (
            (form.twice and not every)
            or (form.doubled and any(_plainly(form, other) for other in known))
            or (form.numbers > 1 and any(other.numbers == 1 for other in known))
        )
        for form in forms
    ]


def _plainly(form: Form, other: Form) -> bool:
    """Whether the other has the same rate, and as it is."""
    return not other.doubled and bool(form.names & other.names)


@lru_cache(maxsize=8)
def _forms(tree: ast.AST) -> dict[int, dict[str, Form]]:
    """How each step is scaled, by its line and the place that it moves."""
    found: dict[int, dict[str, Form]] = {}
    for statement, step in _steps(tree):
        for place in _places(statement):
            found.setdefault(statement.lineno, {})[place] = _form(step)
    return found


def form_of(tree: ast.AST, line: int, place: str) -> Form | None:
    """How the step on a line that moves a place is scaled; None where none is seen."""
    found = _forms(tree).get(line, {})
    only = next(iter(found.values())) if len(found) == 1 else None
    return found.get(place, only)


def _form(step: ast.expr) -> Form:
    over, under = _parts(step)
    numbers = [
        abs(n.value)
        for n in over
        if isinstance(n, ast.Constant) and isinstance(n.value, int | float)
    ]
    names = [ast.unparse(n) for n in over if _is_plain(n)]
    return Form(
        bare=len(over) == 1 and _is_gradient(over[0]) and all(map(_is_count, under)),
        counted=any(map(_is_count, under)) or any(map(_is_mean, over)),
        doubled=any(n in (2, 0.5) for n in numbers) and len(over) > 2,
        numbers=sum(n != 1 for n in numbers),
        twice=len(set(names)) < len(names),
        names=frozenset(names),
    )


def _parts(node: ast.expr) -> tuple[list[ast.expr], list[ast.expr]]:
    """The factors of a product and its divisors."""
    if isinstance(node, ast.UnaryOp):
        return _parts(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        over, under = _parts(node.left)
        more, less = _parts(node.right)
        if isinstance(node.op, ast.Div):
            more, less = less, more
        return [*over, *more], [*under, *less]
    first = _multiplied(node)
    if first is not None:
        over, under = _parts(first)  # 0.5 * A.T @ du
        return [*over[:-1], node], under
    return [node], []


def _multiplied(node: ast.AST) -> ast.expr | None:
    """The first of two matrices: ``A`` of ``A @ B`` and of ``np.dot(A, B)``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.left
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    known = node.func.attr in ("dot", "matmul") and not node.keywords
    if known and len(node.args) == 2:
        return node.args[0]
    return node.func.value if known and node.args else None  # A.dot(B)


def _is_gradient(node: ast.expr) -> bool:
    return _multiplied(node) is not None or _is_place(node)


def _is_place(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)


def _is_count(node: ast.expr) -> bool:
    """``m``, ``self.n_records``, ``len(X)``, ``X.shape[0]``."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "len"
    return _is_place(node)


def _is_mean(node: ast.expr) -> bool:
    """``error.mean()`` and ``np.mean(error, 0)``, which are divided by a count."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in ("mean", "average")


def _numerator(node: ast.AST) -> ast.AST:
    """The 0.5 of ``0.5 * A.T @ du``."""
    while True:
        first = _multiplied(node)
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Sub):
            first = node.left
        if first is None:
            return node
        node = first


def factors(node: ast.AST) -> list[ast.AST]:
    """The operands of a product, each as often as it stands there."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*factors(node.left), *factors(node.right)]
    if isinstance(node, ast.UnaryOp):
        return factors(node.operand)
    return [node]


def _is_plain(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)
