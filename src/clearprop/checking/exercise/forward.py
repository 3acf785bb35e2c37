"""The half of the exercise that is given: a program's forward pass, up to its loss.

What comes in is a script, a notebook or a function in a file. What goes out is the part
of its text that the loss needs, as a flat program of pieces with places for fresh
numbers, and its derived backward pass. The derivation is of that very program, and its
loss is compared with the original's, so that nothing is lost on the way.
"""

from __future__ import annotations

import ast
import os
import re
import tempfile
import textwrap
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.backward import Backward, derive_trace
from clearprop.checking.exercise.function import of_function
from clearprop.checking.exercise.half import Half, free
from clearprop.checking.exercise.numbers import Number
from clearprop.checking.exercise.pieces import (
    Piece,
    bound,
    code_of,
    filled,
    importing,
)
from clearprop.checking.exercise.script import of_script
from clearprop.checking.exercise.spell import spelled
from clearprop.errors import ClearpropError, ClearpropWarning, DeriveError
from clearprop.explain.rate import NAMES as RATES
from clearprop.graph import evaluate
from clearprop.trace.loss import plan
from clearprop.trace.result import Leaf, Trace
from clearprop.trace.script import trace_script
from clearprop.trace.source import Source, read
from clearprop.trace.weights import learned


@dataclass(frozen=True, slots=True)
class Forward:
    """A forward pass, ready to be made an exercise of."""

    name: str  # "tutorial"
    file: str  # "tutorial.py", without its folder
    about: list[str]  # what its docstring says, by paragraph
    pieces: list[Piece]
    numbers: list[Number]
    loss: str  # the variable that holds it
    expression: str  # and what it is
    rate: str  # the learning rate's name
    backward: Backward

    def text(self, values: dict[str, Any]) -> str:
        """The program at other numbers."""
        return filled(self.pieces, self.texts(values))

    def texts(self, values: dict[str, Any]) -> dict[str, str]:
        """How each number is written."""
        return {
            n.name: spelled(n.name, values[n.name], n.as_list) for n in self.numbers
        }


def read_forward(
    file: str,
    function: str | None = None,
    *,
    loss: str | None = None,
    call: str | None = None,
    wrt: list[str] | None = None,
) -> Forward:
    """The forward pass of ``file``, or of a function in it."""
    source = read(file)
    trace = trace_script(file, loss=loss, wrt=wrt, call=call or function)
    if trace.draws_from is not None:
        raise DeriveError(
            f"{source.title}: the forward pass draws random numbers, so its answers "
            "can't be told beforehand: write what was drawn into the program"
        )
    in_function = call or function
    moved = plan(source.tree).updated if in_function else ()
    wanted = wrt or learned(trace, moved)
    if in_function:
        name = in_function.partition("(")[0]
        half = of_function(source, trace, name)
    else:
        half = of_script(source, trace, loss)
    rate, value = _rate(source.tree, half.pieces)
    pieces = _with_rate(half.pieces, rate, value)
    pieces[0] = replace(pieces[0], lead=pieces[0].lead.lstrip("\n"))
    numbers = _numbers(half.body, trace, wanted)
    if any(np.ndim(n.value) and not n.as_list for n in numbers):
        pieces = importing(pieces, {"np"})
    backward = _derived(source, half, pieces, numbers, wanted)
    theirs, ours = _loss_of(trace), _loss_of(backward.trace)
    if not np.allclose(theirs, ours, rtol=1e-6, equal_nan=True):
        raise DeriveError(
            f"{source.title}: the lines that the loss needs, taken by themselves, give "
            f"{ours:.6g} and not {theirs:.6g}: set each array of the forward pass "
            "once, on a line of its own"
        )
    return Forward(
        source.name, source.title, half.about, pieces, numbers, half.loss,
        _expression(pieces, half.loss), rate, backward,
    )  # fmt: skip


def _rate(tree: ast.Module, pieces: list[Piece]) -> tuple[str, str]:
    """What the program calls its learning rate, and the text of its value."""
    taken = {p.slot for p in pieces}
    for name in RATES:
        for statement in tree.body:
            if not isinstance(statement, ast.Assign) or name in taken:
                continue
            value = statement.value
            if bound(statement) == {name} and isinstance(value, ast.Constant):
                return name, ast.unparse(value)
    return "learnrate", "0.5"


def _with_rate(pieces: list[Piece], rate: str, value: str) -> list[Piece]:
    """The learning rate has a line: its own, or one after the other numbers."""
    if any(p.code.startswith(f"{rate} = ") for p in pieces):
        return pieces
    last = max(i for i, p in enumerate(pieces) if p.part == "numbers")
    line = Piece("", f"{rate} = {value}", "numbers")
    return [*pieces[: last + 1], line, *pieces[last + 1 :]]


def _numbers(body: list[ast.stmt], trace: Trace, wanted: list[str]) -> list[Number]:
    texts: dict[str, ast.expr] = {}
    for statement in body:
        if isinstance(statement, ast.Assign):
            texts.update(dict.fromkeys(bound(statement), statement.value))
    return [
        Number(
            leaf.label,
            leaf.value,
            leaf.label in wanted,
            _whole(texts.get(leaf.label), leaf),
            isinstance(texts.get(leaf.label), ast.List | ast.Tuple),
        )
        for leaf in trace.leaves
    ]


def _whole(text: ast.expr | None, leaf: Leaf) -> bool:
    """Whether a number is written without decimal points."""
    if not leaf.node.is_float:
        return True
    if text is None:
        return False
    parts = list(ast.walk(text))
    calls = [n for n in parts if isinstance(n, ast.Call)]
    if any(not ast.unparse(c.func).endswith("array") or c.keywords for c in calls):
        return False
    constants = [n.value for n in parts if isinstance(n, ast.Constant)]
    return bool(constants) and all(type(c) is int for c in constants)


def _derived(
    source: Source,
    half: Half,
    pieces: list[Piece],
    numbers: list[Number],
    wanted: list[str],
) -> Backward:
    """The flat program as a function of its numbers, derived and proved."""
    taken = set().union(*(bound(s) for s in ast.parse(code_of(pieces)).body))
    name = free(source.name, taken)
    texts = {n.name: spelled(n.name, _as_float(n), n.as_list) for n in numbers}
    arguments = ", ".join(texts)
    outside = [p for p in pieces if p.part == "setup" or p.slot]
    inside = filled([p for p in pieces if p not in outside], {})
    function = f"def {name}({arguments}):\n{textwrap.indent(inside, '    ')}"
    text = f"{filled(outside, texts)}{function}    return {half.loss}\n"
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # other numbers will be dealt: that these are at a kink is nothing to say
        warnings.simplefilter("ignore", ClearpropWarning)
        path = os.path.join(folder, f"{source.name}.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            trace = trace_script(path, call=f"{name}({arguments})")
            return derive_trace(trace, wrt=wanted)
        except ClearpropError as error:  # its lines are those of the flat program
            says = re.sub(r"^[^:]*?, line \d+, ", "", str(error))
            raise type(error)(
                f"{source.title}, as plain lines up to its loss: {says}"
            ) from error


def _as_float(number: Number) -> Any:
    """``w0 = 2`` is a number like any other; an array of labels holds indices."""
    scalar = isinstance(number.value, int) and number.learned
    return float(number.value) if scalar else number.value


def _loss_of(trace: Trace) -> float:
    with np.errstate(all="ignore"):
        own = {leaf.node: leaf.value for leaf in trace.leaves}
        return float(np.asarray(evaluate([trace.loss], own)[0]))


def _expression(pieces: list[Piece], loss: str) -> str:
    """What the loss variable is set to, last."""
    for statement in reversed(ast.parse(code_of(pieces)).body):
        if isinstance(statement, ast.Assign) and loss in bound(statement):
            return ast.unparse(statement.value)
    return loss
