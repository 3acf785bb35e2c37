"""A helper that should give a slope and doesn't, told by what it is called with.

``np.dot(h.T, 2 * (y - out) * sigmoid_derivative(out))`` has the helper's value inside a
product, so that no right value of the line says what the helper owes. But the slopes
that people write are few: were it the one of the sigmoid, would more come right? Comes
in the reading of a program with marks; go out the lines that helpers return from, with
the values that each known slope would give them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from clearprop.checking.marks import Marked
from clearprop.checking.mend.functions import FUNCTIONS, SIGMOID
from clearprop.checking.reading import Reading
from clearprop.checking.trial import Arrays, Blame, Trial, cone_of
from clearprop.graph import Node


def helper_slopes(reading: Reading, trial: Trial) -> Iterator[Blame]:
    """Each known slope, at what a helper of one argument was called with."""
    scene = trial.scene
    arguments = _arguments(reading.observed.source.tree)
    tops = [o.update.after if o.update is not None else o.node for o in trial.outcomes]
    cone = cone_of(tops, scene)
    forward = {m.site for m in reading.observed.marks.marked if m.node in scene.below}
    called: dict[int, list[Marked]] = {}
    for marked in reading.observed.marks.marked:
        site = reading.observed.sites[marked.site]
        returns = isinstance(site.statement, ast.Return) and marked.item is None
        if marked.site in forward or not returns:
            continue  # the activation itself is no slope
        if site.function in arguments and marked.node in cone:
            called.setdefault(marked.site, []).append(marked)
    read = trial.reader()
    for number, marks in called.items():
        name = arguments[reading.observed.sites[number].function]
        if any(m.node in trial.others for m in marks):
            continue
        given = _all_given(reading, trial, marks, name)
        if any(g[0].shape != m.node.shape for g, m in zip(given, marks)):
            continue
        if not given or _is_known(given, [read(m.node) for m in marks]):
            continue  # a slope that is right, at the wrong point: see the callers
        for form in _FORMS:
            wanted: dict[Node, Arrays] = {
                m.node: [_slope(form, x) for x in values]
                for m, values in zip(marks, given)
            }
            yield Blame(number, None, wanted, "", kind="slope")


def is_slope_itself(reading: Reading, trial: Trial, blame: Blame) -> bool:
    """Whether a helper gives a slope that people write: then its argument is wrong."""
    arguments = _arguments(reading.observed.source.tree)
    name = arguments.get(reading.observed.sites[blame.site].function)
    marks = [m for m in reading.observed.marks.marked if m.node in blame.wanted]
    if name is None:
        return False
    given, read = _all_given(reading, trial, marks, name), trial.reader()
    return bool(given) and _is_known(given, [read(m.node) for m in marks])


_FORMS = [
    form.replace("SIGMOID(Z)", f"({SIGMOID})")
    for function in FUNCTIONS.values()
    for form in (*function.from_output[:1], *function.from_input[:1])
]

_ITSELF = ("A", "Z")  # exp's slope; but who returns the argument forgot the slope


def _slope(form: str, at: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        names = {"np": np, "A": at, "Z": at, "__builtins__": {}}
        return np.asarray(eval(form, names), dtype=float)


def _is_known(given: list[Arrays], now: list[Arrays]) -> bool:
    """Whether what was returned is a slope, at what was given."""
    return any(_gives(form, given, now) for form in _FORMS if form not in _ITSELF)


def _gives(form: str, given: list[Arrays], now: list[Arrays]) -> bool:
    return all(
        np.allclose(_slope(form, x), value)
        for many, values in zip(given, now)
        for x, value in zip(many, values)
    )


def _arguments(tree: ast.AST) -> dict[str, str]:
    """The functions of one argument, but for options, and what it is called."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in node.args.args if a.arg != "self"]
            needed = names[: len(names) - len(node.args.defaults)]
            if len(needed) == 1:
                found[node.name] = needed[0]
    return found


def _all_given(
    reading: Reading, trial: Trial, marks: list[Marked], name: str
) -> list[Arrays]:
    """What a helper was called with at each of its runs; [] where one isn't known."""
    nodes = [_given(reading, marked, name) for marked in marks]
    read = trial.reader()
    given = [read(n) for n in nodes if n is not None and n.is_float]
    return given if len(given) == len(marks) else []


def _given(reading: Reading, marked: Marked, name: str) -> Node | None:
    """What a helper was called with, at one of its runs."""
    scope = reading.observed.marks.scopes.get((marked.site, marked.turn), {})
    value = scope.get(name)
    return value if isinstance(value, Node) else None
