"""A blank without which nothing can be judged: filled by trying the program.

``error = ____`` says what the loss is, and a blank of the forward pass what is computed
at all, so that no graph shows what belongs there. Differences of what the program has
computed and what it was given, and other lines as this one may have them, are put into
the program, and count if it is right with one. Comes in a program with one blank; goes
out the edit that does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from clearprop.checking.blank_fill import in_place
from clearprop.checking.blanks import Blank
from clearprop.checking.enclosing import function_around, statement_at
from clearprop.checking.judged import judgements
from clearprop.checking.likewise import likewise
from clearprop.checking.mend.spelling import spell, substituted
from clearprop.checking.mending import Mend, applied, seen
from clearprop.checking.need import Edit
from clearprop.checking.observe import Observed
from clearprop.checking.patience import Patience
from clearprop.checking.reading import Reading
from clearprop.checking.roles import places
from clearprop.checking.source import with_text
from clearprop.checking.unfinished import Unfinished
from clearprop.checking.verdict import Runner
from clearprop.errors import ClearpropError
from clearprop.graph import Node
from clearprop.trace.source import Source

TRIES = 24  # programs,
SECONDS = 5.0  # and for how long
OUTPUTS = 4  # the latest values that were computed


def filled_by_trying(state: Unfinished, run: Runner, seed: int) -> Mend | None:
    """The one blank of a program, with the first expression that makes it right."""
    (blank, *more) = state.blanks or [None]
    if blank is None or more or state.crashes or state.holes:
        return None
    patience = Patience(SECONDS)
    tries = 0
    for text in _expressions(state.source, blank, run):
        tries += 1
        if patience.over or state.patience.over or tries > TRIES:
            break
        mend = _with(state.written, blank, text)
        if mend is not None and _is_right(
            with_text(state.written, mend.text), run, seed
        ):
            return mend
    return None


def _with(source: Source, blank: Blank, text: str) -> Mend | None:
    new = ast.parse(text, mode="eval").body
    statement = substituted(blank.statement, {id(blank.node): new})
    edit = Edit(spell(statement), "", text, "blank", "", 2.0)
    return applied(source, blank.statement, edit)


def _is_right(source: Source, run: Runner, seed: int) -> bool:
    """Whether a program is right, and everything that it moves was judged."""
    try:
        with in_place(source):
            observed = run(source, None)
            if observed.problem is not None:
                return False
            made = judgements(Reading(observed), seed)
    except ClearpropError:
        return False
    return bool(made) and all(
        j.judgement.whole and len(j.step.updates) <= j.moves for j in made
    )


def _expressions(source: Source, blank: Blank, run: Runner) -> Iterator[str]:
    observed = run(source, frozenset({blank.line}))
    statement = statement_at(source.tree, blank.line)
    scope = _scope(observed, blank)
    if statement is None or scope is None:
        return
    found: dict[str, None] = {}
    for one in _differences(Reading(observed), scope):
        found.setdefault(one)
    names = [name for name, value in scope.items() if isinstance(value, Node)]
    for one in likewise(source.tree, statement, names):
        found.setdefault(one)
    yield from found


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
    found: dict[Node, str] = {}
    for place, value in places(scope):
        if type(value) is Node:
            found[value] = _from_the_end(scope, place)
    learned = set(reading.parameters)
    made = [n for n in found if reading.inputs_of(n) & learned and n not in learned]
    computed = sorted(made, key=lambda n: -n.index)
    given = [n for n in found if not reading.inputs_of(n) & learned]
    for output in computed[:OUTPUTS]:
        for target in given:
            if target.shape == output.shape:
                yield f"{found[target]} - {found[output]}"
                yield f"{found[output]} - {found[target]}"


def _from_the_end(scope: Mapping[str, Any], place: str) -> str:
    """``A[-1]``, where a place is the last of a list."""
    name, _, index = place.rpartition("[")
    held = scope.get(name)
    last = isinstance(held, list) and index == f"{len(held) - 1}]"
    return f"{name}[-1]" if last else place
