"""What executes a program, recorded where it runs and played back where it is judged.

In the child a ``Recorder`` acts for the functions that ``apart`` marks: it calls them
and keeps what they gave, as JSON. In the parent a ``Player`` acts for them: it gives
what was recorded for the same question, if that has the right form. One table says for
each function by what its calls are known and how its results are packed.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clearprop.checking import wire_answers, wire_values
from clearprop.checking.marking import LOOKED_UP, marked
from clearprop.checking.need import Edit
from clearprop.checking.observe import Observed
from clearprop.checking.sandbox import Answer
from clearprop.checking.stated import stated_loss, statements
from clearprop.checking.trial import Blame
from clearprop.checking.wire import packed, packed_error, raised, unpacked
from clearprop.errors import ClearpropError
from clearprop.trace.source import Source

if TYPE_CHECKING:
    from clearprop.checking.drivers import Driver

AGAIN = 4  # further children, for runs that the rehearsal didn't come to


def sent(source: Source) -> dict[str, Any]:
    """A program as a request."""
    return {
        "name": source.title,
        "text": source.text,
        "cells": source.cells,
        "claims": source.claims,
    }


class Recorder:
    """Does what is asked for and writes down what came of it, ready to be sent."""

    def __init__(self) -> None:
        self.played: list[list[Any]] = []

    def __call__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        key, pack, _ = PARTS[function.__name__]
        name = key(*args, **kwargs)
        try:
            found = function(*args, **kwargs)
        except ClearpropError as error:
            self.played.append([name, {"error": packed_error(error)}])
            raise
        self.played.append([name, {"found": pack(found)}])
        return found


# -- in the parent ---------------------------------------------------------------------


class Player:
    """Gives what a rehearsal wrote down, believing only its form."""

    def __init__(self, data: Any, child: Callable[[dict[str, Any]], Answer]) -> None:
        self.child = child
        self.known = _played(data)
        self.left = 0 if wire_values.part(data, "late") else AGAIN

    def __call__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        key, _, unpack = PARTS[function.__name__]
        name = key(*args, **kwargs)
        if name not in self.known and function.__name__ == "observe":
            self._observe_again(name, *args, **kwargs)
        if name not in self.known:
            return _MISSING[function.__name__]()
        data = self.known[name]
        if type(data) is dict and "error" in data:
            raise raised(data["error"])
        return unpack(wire_values.part(data, "found"), *args, **kwargs)

    def _observe_again(self, name: str, source: Source, **asked: Any) -> None:
        """A run that the rehearsal didn't make: at its numbers it went another way."""
        if not self.left:
            raise ClearpropError("the program takes too much time to be checked")
        self.left -= 1
        wanted = asked.get("wanted")
        answer = self.child(
            {
                **sent(source),
                "loss": asked.get("loss"),
                "data": asked.get("data"),
                "places": None if wanted is None else _places(source, wanted),
            }
        )
        if not answer.ok:
            raise ClearpropError(answer.problem)
        found = _played(answer.result)
        if name not in found:
            raise ClearpropError("the program gives no answer that can be checked")
        self.known[name] = found[name]


def _played(data: Any) -> dict[str, Any]:
    entries = wire_values.items(wire_values.part(data, "played"), 1000)
    pairs = (wire_values.record(entry, 2) for entry in entries)
    return {name: content for name, content in pairs if type(name) is str}


# -- the functions that execute a program ----------------------------------------------


def _name(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def place(statement: ast.stmt) -> tuple[int, int]:
    """Where a statement stands."""
    return statement.lineno, statement.col_offset


def _places(source: Source, wanted: Any) -> list[tuple[int, int, bool]]:
    statements = [site.statement for site in marked(source.tree, wanted)[1]]
    return [(*place(s), wanted(s) == LOOKED_UP) for s in statements]


def _observe_key(source: Source, **asked: Any) -> str:
    wanted = asked.get("wanted")
    places = None if wanted is None else _places(source, wanted)
    given = sorted(asked.get("given") or ())
    data = sorted((asked.get("data") or {}).items())
    return _name("observe", _program(source), asked.get("loss"), given, places, data)


def _program(source: Source) -> str:
    """What is run: usually, but not always, what the text says."""
    claims = [source.claims, [s.text for s in statements(source)]]
    return f"{ast.dump(source.tree)} {claims} {stated_loss(source)}"


def _observed(found: Any, source: Source, **asked: Any) -> Observed:
    loss, given = asked.get("loss"), asked.get("data") or ()
    return unpacked(found, source, loss=loss, wanted=asked.get("wanted"), data=given)


def _searched_key(
    reading: Any, scene: Any, blame: Blame, others: Any, *more: Any, seconds: float
) -> str:
    """Without the time that was left: the rehearsal had less than who looks it up."""
    observed = reading.observed
    places = [place(site.statement) for site in observed.sites]
    said = (blame.name, blame.kind, f"{blame.factor:.4g}")
    what = (blame.site, blame.through, blame.item, *said)
    return _name("searched", _program(observed.source), places, what, more)


def _searched(found: Any, *arguments: Any, **options: Any) -> list[Edit]:
    return wire_answers.unpacked_edits(found)


def _slipped_key(
    reading: Any,
    trial: Any,
    site: int,
    item: Any,
    *more: Any,
    reach: str = "near",
    seconds: float,
) -> str:
    observed = reading.observed
    places = [place(s.statement) for s in observed.sites]
    _group, *blank = more
    return _name("slipped", _program(observed.source), places, site, item, blank, reach)


def _crashed_key(observed: Observed, *more: Any, **options: Any) -> str:
    return _name("crashed", _program(observed.source))


def _crashed(found: Any, observed: Observed, *more: Any, **options: Any) -> Any:
    return wire_answers.unpacked_finding(found, observed.source)


def _drivers_key(source: Source, call: str | None = None) -> str:
    return _name("drivers", _program(source), call)


def _drivers(found: Any, source: Source, call: str | None = None) -> list[Driver]:
    return wire_answers.unpacked_drivers(found, source)


def _of_cost_key(source: Source) -> str:
    return _name("of_cost", _program(source))


# name: what a call is known by, how its result is packed, and unpacked again
PARTS: dict[str, tuple[Any, Any, Any]] = {
    "observe": (_observe_key, packed, _observed),
    "searched": (_searched_key, wire_answers.packed_edits, _searched),
    "slipped": (_slipped_key, wire_answers.packed_edits, _searched),
    "crashed": (_crashed_key, wire_answers.packed_finding, _crashed),
    "drivers": (_drivers_key, wire_answers.packed_drivers, _drivers),
    "of_cost": (_of_cost_key, wire_answers.packed_drivers, _drivers),
}
_MISSING: dict[str, Callable[[], Any]] = {
    "searched": list,
    "slipped": list,
    "drivers": list,
    "of_cost": list,
    "crashed": lambda: None,
}
