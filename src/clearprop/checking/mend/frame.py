"""The statement to be mended: which expressions may be edited, and what it computes.

``dW = e`` computes ``e``; ``dW += e`` computes ``dW + e``; ``dh[h <= 0] = 0`` and
``np.add.at(dW, i, g)`` write into a copy of the array that counts. An edit swaps nodes
of these expressions, and ``result`` says what the target would then hold.
"""

from __future__ import annotations

import ast
import copy
import functools
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.checking.need import Item
from clearprop.checking.records import part_at
from clearprop.trace.rewrite import appended

from .evaluate import BINARY, WALKED, Memo, Scope, evaluate
from .spelling import spell

Result = Callable[[Scope, Memo], Any]


@dataclass(slots=True)
class Frame:
    """A statement, the expressions in it that may change, and what it computes.

    ``editable`` are the expressions, the main one last. ``parents`` and ``nodes`` span
    them: ``nodes`` are the expressions that have a value of their own, in the order of
    the text. ``fresh`` are the nodes that must not be remembered from one trial to the
    next, because the statement writes into them.
    """

    statement: ast.stmt
    target: str
    editable: list[ast.expr]
    result: Result
    fresh: set[int] = field(default_factory=set)
    nodes: list[ast.expr] = field(default_factory=list)
    parents: dict[int, ast.AST] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for root in self.editable:
            self.nodes.extend(self._span(root))

    @property
    def main(self) -> ast.expr:
        return self.editable[-1]

    def _span(self, node: ast.AST) -> Iterator[ast.expr]:
        if isinstance(node, ast.expr):
            if type(node) not in WALKED:
                return
            yield node
        for child in ast.iter_child_nodes(node):
            self.parents[id(child)] = node
            yield from self._span(child)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        above = self.parents.get(id(node))
        while above is not None:
            yield above
            above = self.parents.get(id(above))

    def indexes(self, node: ast.AST) -> bool:
        """Whether the node stands inside square brackets."""
        below = node
        for above in self.ancestors(node):
            if isinstance(above, ast.Subscript) and above.slice is below:
                return True
            below = above
        return False

    def names_something(self, node: ast.AST) -> bool:
        """Whether the node is a function's name or a keyword's value, no operand."""
        below = node
        for above in self.ancestors(node):
            if isinstance(above, ast.keyword):
                options = isinstance(below, ast.Tuple | ast.UnaryOp)
                return not options or above.arg in ("axis", "axes")
            if isinstance(above, ast.Call) and above.func is below:
                return not isinstance(below, ast.Attribute) or below is node
            if isinstance(above, ast.Tuple | ast.UnaryOp):  # axis=(0, -1)
                below = above
                continue
            if not isinstance(above, ast.Attribute):
                return False
            below = above
        return False


def frame(statement: ast.stmt, target: str, item: Item) -> Frame | None:
    """What the statement computes for the target; None where it isn't understood."""
    if isinstance(statement, ast.Return):
        if statement.value is None:
            return None
        return _valued(statement, statement.value, target, item)
    if isinstance(statement, ast.Assign):
        return _assigned(statement, target, item)
    if isinstance(statement, ast.AugAssign):
        if spell(statement.target) == target:
            return _augmented(statement, target)
        return _written(statement, statement.target, target)
    if isinstance(statement, ast.Pass):
        return _left_out(statement, target)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return _called(statement, statement.value, target, item)
    return None


def _assigned(statement: ast.Assign, target: str, item: Item) -> Frame | None:
    for place in statement.targets:
        if isinstance(place, ast.Tuple | ast.List) and item is None:
            spelt = [spell(e) for e in place.elts]
            item = spelt.index(target) if target in spelt else None
    if item is None and len(statement.targets) == 1:
        place = statement.targets[0]
        if spell(place) != target:
            written = _written(statement, place, target)
            if written is not None:
                return written
    return _valued(statement, statement.value, target, item)


def _valued(statement: ast.stmt, value: ast.expr, target: str, item: Item) -> Frame:
    if item is None:
        return Frame(statement, target, [value], _expression(value))
    path = item if isinstance(item, tuple) else (item,)
    # a call's value is no argument of it, unless a path says that it is a record
    listed = (
        isinstance(item, tuple) or not isinstance(value, ast.Call) or _is_dict(value)
    )
    root = part_at(value, path) if listed else None
    if root is not None:
        return Frame(statement, target, [root], _expression(root))
    whole = _expression(value)
    return Frame(statement, target, [value], lambda s, m: _at(whole(s, m), path))


def _is_dict(value: ast.Call) -> bool:
    return spell(value.func) == "dict"


def _at(value: Any, path: tuple[int | str, ...]) -> Any:
    return functools.reduce(operator.getitem, path, value)


def _expression(root: ast.expr) -> Result:
    return lambda scope, memo: evaluate(root, scope, memo)


def _augmented(statement: ast.AugAssign, target: str) -> Frame:
    place = _loaded(statement.target)
    apply = BINARY[type(statement.op)]

    def result(scope: Scope, memo: Memo) -> Any:
        before = evaluate(place, scope, {})
        return apply(before, evaluate(statement.value, scope, memo))

    return Frame(statement, target, [statement.value], result)


def _written(
    statement: ast.Assign | ast.AugAssign, place: ast.expr, target: str
) -> Frame | None:
    """``dh[h <= 0] = 0``: the place is a part of the target."""
    steps: list[ast.Subscript] = []
    base = place
    while spell(base) != target:
        if not isinstance(base, ast.Subscript):
            return None
        steps.insert(0, base)
        base = base.value
    if not steps:
        return None
    loaded = _loaded(base)
    operation = (
        BINARY[type(statement.op)] if isinstance(statement, ast.AugAssign) else None
    )

    def result(scope: Scope, memo: Memo) -> Any:
        top = _copied(evaluate(loaded, scope, {}))
        inner = top
        for step in steps[:-1]:
            inner = inner[evaluate(step.slice, scope, memo)]
        index = evaluate(steps[-1].slice, scope, memo)
        value = evaluate(statement.value, scope, memo)
        inner[index] = operation(inner[index], value) if operation else value
        return top

    slices = [step.slice for step in steps]
    return Frame(statement, target, [*slices, statement.value], result)


def _left_out(statement: ast.Pass, target: str) -> Frame:
    """The statement is taken away: the target keeps what it held."""
    kept = ast.parse(target, mode="eval").body
    return Frame(statement, target, [kept], _expression(kept))


def _called(
    statement: ast.Expr, call: ast.Call, target: str, item: Item
) -> Frame | None:
    """``np.add.at(dW, i, g)``: the target, or what it is a part of, is an argument.

    ``dws.append(x.T @ g)`` computes what is put in.
    """
    put = appended(call)
    if put is not None:
        return _valued(statement, put[1], target, item)
    kept = ast.parse(target, mode="eval").body
    base: ast.expr = kept
    steps: list[ast.Subscript] = []
    while True:
        same = [
            n
            for n in ast.walk(call)
            if isinstance(n, ast.expr) and spell(n) == spell(base)
        ]
        if same:
            break
        if not isinstance(base, ast.Subscript):
            return None
        steps.insert(0, base)
        base = base.value

    def result(scope: Scope, memo: Memo) -> Any:
        top = _copied(evaluate(base, scope, {}))
        evaluate(call, scope, {**memo, **{id(n): top for n in same}})
        for step in steps:
            top = top[evaluate(step.slice, scope, {})]
        return top

    made = Frame(statement, target, [call], result)
    made.fresh = {id(n) for n in same} | {
        id(a) for n in same for a in made.ancestors(n)
    }
    return made


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else copy.deepcopy(value)


def _loaded(place: ast.expr) -> ast.expr:
    """The place, to be read."""
    made = copy.copy(place)
    made.ctx = ast.Load()  # type: ignore[attr-defined]
    return made
