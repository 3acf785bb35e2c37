"""A blank without which nothing can be judged: filled by trying the program.

``error = ____`` says what the loss is, and a blank of the forward pass what is computed
at all, so that no graph shows what belongs there. Differences of what the program has
computed and what it was given, and other lines as this one may have them, are put into
the program, and count if it is right with one. Comes in a program with one blank; goes
out the edit that does.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np

from clearprop.checking.blank_fill import in_place
from clearprop.checking.blanks import Blank
from clearprop.checking.drivers import drivers
from clearprop.checking.enclosing import function_around, statement_at
from clearprop.checking.judged import Judged, judgements
from clearprop.checking.likewise import likewise
from clearprop.checking.mend.spelling import spell, substituted
from clearprop.checking.mending import Mend, applied
from clearprop.checking.need import Edit
from clearprop.checking.observe import Observed
from clearprop.checking.patience import Patience
from clearprop.checking.reading import Reading
from clearprop.checking.roles import TARGET, places
from clearprop.checking.scopes import seen
from clearprop.checking.source import extended, with_text
from clearprop.checking.unfinished import Unfinished
from clearprop.checking.verdict import Runner
from clearprop.errors import ClearpropError
from clearprop.graph import Node
from clearprop.trace.loss import identifier
from clearprop.trace.source import Source

Shape = tuple[int, ...]

TRIES = 24  # programs,
SECONDS = 5.0  # and for how long
OUTPUTS = 4  # the latest values that were computed


def filled_by_trying(state: Unfinished, run: Runner, seed: int) -> Mend | None:
    """The one blank of a program, with the first expression that makes it right."""
    if len(state.blanks) != 1 or state.crashes or state.holes:
        return None
    (blank,) = state.blanks
    if _is_right(state.source, run, seed):
        return None  # nothing depends on it, so that anything would do
    patience = Patience(SECONDS)
    with suppress(ClearpropError):  # as it does once there is no time left to run it
        for text in islice(_expressions(state.source, blank, run), TRIES):
            if patience.over or state.patience.over:
                break
            mend = _with(state.written, blank, text)
            if mend is None:
                continue
            if _is_right(with_text(state.written, mend.text), run, seed):
                return mend
    return None


def _with(source: Source, blank: Blank, text: str) -> Mend | None:
    new = ast.parse(text, mode="eval").body
    statement = substituted(blank.statement, {id(blank.node): new})
    edit = Edit(spell(statement), "", text, "blank", "", 2.0)
    return applied(source, blank.statement, edit)


def _is_right(source: Source, run: Runner, seed: int) -> bool:
    """Whether a program is right, as it is or called by its drivers."""
    try:
        with in_place(source):
            observed = run(source, None)
            if observed.problem is not None:
                return False
            reading = Reading(observed)
            made = judgements(reading, seed)
            if made or reading.updates:
                return _whole(made)
            driven = [extended(source, d.text) for d in drivers(source, None)]
            return bool(driven) and all(
                _whole(judgements(Reading(run(one, None)), seed)) for one in driven
            )
    except ClearpropError:
        return False


def _whole(made: Sequence[Judged]) -> bool:
    """Whether everything that is moved was judged, and is right."""
    return bool(made) and all(
        j.judgement.whole and len(j.step.updates) <= j.moves for j in made
    )


def _expressions(source: Source, blank: Blank, run: Runner) -> Iterator[str]:
    """What may stand there, the likeliest first."""
    observed = run(source, frozenset({blank.line}))
    statement = statement_at(source.tree, blank.line)
    scope = _scope(observed, blank)
    if statement is None or scope is None:
        return
    found: dict[str, None] = {}
    for one in _differences(Reading(observed), scope):
        found.setdefault(one)
    kinds = (Node, np.ndarray)
    names = {n: v.shape for n, v in scope.items() if isinstance(v, kinds)}
    for one in likewise(source.tree, statement, names):
        if _fits(one, scope, blank):
            found.setdefault(one)
    yield from found


def _fits(text: str, scope: Mapping[str, Any], blank: Blank) -> bool:
    """Whether an expression reads what is there, and not the blank itself."""
    read = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    held = [n for n in read if type(scope.get(n)) is Node]
    there = read <= scope.keys() | vars(builtins).keys()
    return bool(held) and there and blank.variable not in read


def _scope(observed: Observed, blank: Blank) -> dict[str, Any] | None:
    """What the names stood for where a blank is."""
    for site in observed.sites:
        scope = observed.marks.scopes.get((site.number, 0))
        if site.statement.lineno == blank.line and scope is not None:
            around = function_around(observed.source.tree, site.statement)
            return seen(scope, around)
    return None


def _differences(reading: Reading, scope: Mapping[str, Any]) -> Iterator[str]:
    """What was given less what was computed, of one shape, and the other way round."""
    found = dict(_arrays(scope))
    learned = set(reading.parameters)

    def made(text: str) -> bool:
        value = found[text][0]
        if type(value) is not Node:
            return False
        inputs = reading.inputs_of(value)
        return bool(inputs & learned if learned else inputs and value.inputs)

    learns = [t for t in found if found[t][0] in learned]
    computed = sorted(
        (t for t in found if made(t) and t not in learns),
        key=lambda t: -found[t][0].index,
    )
    given = [t for t in found if not made(t) and t not in learns]
    for output in computed[:OUTPUTS]:
        shape = found[output][1]
        for target in sorted(given, key=lambda t: TARGET.match(identifier(t)) is None):
            if not found[target][1] and TARGET.match(identifier(target)) is None:
                continue
            if _joins(found[target][1], shape):
                yield f"{target} - {output}"
                yield f"{output} - {target}"


def _joins(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether a target leaves the shape of an output as it is."""
    try:
        return np.broadcast_shapes(given, shape) == shape
    except ValueError:
        return False


def _arrays(scope: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Shape]]]:
    """Arrays and numbers of a scope, the entry of each at a loop's variable too."""
    at = [n for n, v in scope.items() if type(v) is int and len(n) == 1]
    every = [*places(scope), *_others(scope)]
    for place, value in every:
        shape = np.shape(value) if not isinstance(value, Node) else value.shape
        yield _from_the_end(scope, place), (value, shape)
        for index in at:
            if shape and "[" not in place and 0 <= scope[index] < shape[0]:
                yield f"{place}[{index}]", (value, shape[1:])


def _others(scope: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Data that isn't followed: whole numbers."""
    for name, value in scope.items():
        if isinstance(value, np.ndarray | np.generic):
            yield name, value


def _from_the_end(scope: Mapping[str, Any], place: str) -> str:
    """``A[-1]``, where a place is the last of a list."""
    name, _, index = place.rpartition("[")
    held = scope.get(name)
    last = isinstance(held, list) and index == f"{len(held) - 1}]"
    return f"{name}[-1]" if last else place
