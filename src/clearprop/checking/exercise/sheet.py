"""An exercise before anybody's numbers: what is given, what is blank, in which order.

``sheet`` joins the given forward pass with the items of the backward pass and the
choices of the teacher. Everything that is written afterwards (the paper, the notebook,
the key, the spec) is read off this one record.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.checking.exercise.blanks import chosen, items_of, steps_of
from clearprop.checking.exercise.forward import Forward
from clearprop.checking.exercise.item import Item
from clearprop.checking.exercise.pieces import importing
from clearprop.checking.exercise.rename import OWNER
from clearprop.errors import ProofError


@dataclass(frozen=True, slots=True)
class Sheet:
    """An exercise: ``todo`` numbers the blanks, in the order in which they stand."""

    forward: Forward
    items: list[Item]  # the backward pass; weight steps that are named, after it
    moves: list[str]  # lines that move the weights in place, given
    todo: dict[str, int]
    shapes: dict[str, tuple[int, ...]]
    formulas: bool = True  # whether a notebook shows the formula of each line
    hint: int = 3  # how much a check may tell

    @property
    def results(self) -> list[str]:
        """What the finished program prints."""
        steps = [i.name for i in self.items if i.kind == "step"]
        if steps or self.moves:
            return steps or [i.parameter for i in self.items if i.parameter]
        return [i.name for i in self.items if i.parameter]


def sheet(
    forward: Forward,
    blanks: str = "all",
    update: str = "delta",
    *,
    formulas: bool = True,
    hint: int = 3,
) -> Sheet:
    """An exercise on a forward pass, with the blanks that the teacher asks for."""
    items = items_of(forward.backward)
    moves = []
    if update == "inplace":
        moves = [f"{i.parameter} -= {forward.rate} * {i.name}" for i in items]
        moves = [m for m, i in zip(moves, items) if i.parameter]
    if update == "delta":
        taken = forward.backward.trace.names | {i.name for i in items}
        items = items + steps_of(items, forward.rate, taken)
    read = {name for item in items for name in item.reads}
    forward = replace(forward, pieces=importing(forward.pieces, read))
    names = chosen(items, blanks)
    todo = {name: number for number, name in enumerate(names, 1)}
    values = {n.name: n.value for n in forward.numbers}
    made = Sheet(forward, items, moves, todo, {}, formulas, hint)
    found = {**values, **answers(made, values)}
    shapes = {name: np.shape(value) for name, value in found.items()}
    items = [
        replace(
            item,
            title=_singular(item.title, shapes[item.name]),
            of=_in_code(item.of, forward),
        )
        for item in items
    ]
    return replace(made, items=items, shapes=shapes)


def _in_code(of: str, forward: Forward) -> str:
    """``(X @ W1 + b1)`` for the pre-activation of ``np.maximum(0, X @ W1 + b1)``."""
    owner = OWNER.fullmatch(of)
    for piece in forward.pieces if owner else ():
        for statement in ast.parse(piece.code).body:
            if not isinstance(statement, ast.Assign) or owner is None:
                continue
            value = statement.value
            if ast.unparse(statement.targets[0]) == owner[1] and isinstance(
                value, ast.Call
            ):
                entering = [a for a in value.args if not isinstance(a, ast.Constant)]
                if len(entering) == 1:
                    return f"({ast.unparse(entering[0])})"
    return of


def _singular(title: str, shape: tuple[int, ...]) -> str:
    """A layer of one unit has one weight."""
    title = re.sub(r"\bthe (hidden layer \d)", r"\1", title)
    if not shape:
        title = title.replace("the weights into", "the weight into")
        title = title.replace("to each unit of", "to the unit of")
    return title


def answers(sheet: Sheet, values: dict[str, Any]) -> dict[str, Any]:
    """The loss and every item at some numbers, run as the key runs them, and proved.

    The gradients must be those of the derived function, which was itself proved.
    """
    forward = sheet.forward
    code = [forward.text(values), *(item.code for item in sheet.items)]
    scope: dict[str, Any] = {"__name__": "__main__"}
    with np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile("\n".join(code), f"<{forward.name}>", "exec"), scope)
        except Exception as error:
            raise ProofError(
                f"{forward.file}: the forward pass doesn't run at fresh numbers "
                f"({type(error).__name__}: {error}): make it fit for other numbers"
            ) from error
        point = {
            leaf.name: _real(scope[leaf.label])
            for leaf in forward.backward.trace.leaves
        }
        loss, gradients = forward.backward.loss_and_gradients(**point)
    same = [(scope[forward.loss], loss)]
    same += [
        (scope[item.name], gradients[item.parameter])
        for item in sheet.items
        if item.parameter and item.kind == "gradient"
    ]
    if not all(
        np.allclose(a, b, rtol=1e-5, atol=1e-9, equal_nan=True) for a, b in same
    ):
        raise ProofError(
            f"the key of {forward.file} disagrees with the derived gradient: give each "
            "value of the forward pass a name of its own"
        )
    names = [forward.loss, *(item.name for item in sheet.items)]
    return {name: scope[name] for name in names}


def _real(value: Any) -> Any:
    """``s0 = 2`` counts as a real number; an array of labels doesn't."""
    return float(value) if type(value) is int else value
