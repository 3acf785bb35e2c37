"""Drivers: the lines that call a program which only defines functions and classes.

In comes such a program, out come ``Driver``s: each a few lines, as its author might
have written them at the end of the file, that run one forward and backward pass (or one
training loop) on small random arrays. The checker then checks a program like any other.
The definitions are executed to find arguments that fit, so that this happens where a
check runs anyway: in the sandbox, for other people's files.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from clearprop.checking.apart import executes
from clearprop.checking.drivers import finding, pairing, single
from clearprop.checking.drivers.calls import words
from clearprop.checking.drivers.search import WHOLE, Attempt
from clearprop.checking.drivers.trial import Program, executed
from clearprop.checking.patience import Patience
from clearprop.trace.source import Source

SECONDS = 20.0  # for all drivers of a program
MANY = 24


@dataclass(frozen=True, slots=True)
class Driver:
    """Lines to append to a program, and what they are there for."""

    text: str
    why: str
    level: int = WHOLE  # how far it comes: see ``Attempt``

    @property
    def runs(self) -> bool:
        """Whether the backward pass came to its end."""
        return self.level > 1


@contextmanager
def _ready(source: Source) -> Iterator[tuple[Program, str]]:
    """A program that was executed and has ``np``, and the line that gives it that."""
    with executed(source) as program:
        start = "" if program.namespace.get("np") is np else "import numpy as np\n"
        program.namespace["np"] = np
        yield program, start


@executes
def drivers(source: Source, call: str | None = None) -> list[Driver]:
    """The drivers of a program, each independent of the others.

    ``call`` is the user's own call; the names that it lacks are made up. An empty list
    means that nothing could be called: ``why`` says what to do.
    """
    with _ready(source) as (program, start):
        if call is not None:
            made = single.drive_call(program, call)
            return [Driver(f"{start}{made.text}\n", f"--call {call}")]
        found: list[Driver] = []
        patience = Patience(SECONDS)
        covered: set[str] = set()
        raised: list[tuple[Driver, set[str]]] = []
        for why, used, attempt in _attempts(program, covered):
            if patience.over or len(found) >= MANY:
                break
            if attempt is None:
                continue
            driver = Driver(f"{start}{attempt.text}\n", why, attempt.level)
            if not attempt.level:
                raised.append((driver, used))
                continue
            covered |= attempt.called | used
            found.append(driver)
        return found + [d for d, used in raised if not used & covered]


@executes
def of_cost(source: Source) -> list[Driver]:
    """The driver of ``cost(theta)`` with ``gradient(theta)``, where a program has them.

    It may train with the gradient and call the cost only when that is over.
    """
    if not finding.may_be_of_cost(source.tree):
        return []
    with _ready(source) as (program, start):
        for pair in finding.pairs(program):
            if finding.is_of_cost(program, pair):
                attempt = pairing.drive(program, pair)
                if attempt is not None and attempt.level > 1:
                    return [Driver(f"{start}{attempt.text}\n", pair.title)]
    return []


def why(source: Source) -> str:
    """What to do where nothing was judged, and nothing could be called."""
    example = "train(X, y)"
    defined = False
    for statement in source.tree.body:
        defined |= isinstance(statement, ast.FunctionDef | ast.ClassDef)
        if isinstance(statement, ast.ClassDef):
            example = f"{statement.name.lower()}.{example}"
    nothing = f"{source.title}: no backward pass was seen"
    if not defined:
        return (
            f"{nothing}. No weight is moved by a gradient, and no line is named after "
            "one, as in dW1 or grad_W1"
        )
    return (
        f"{nothing}, and none of its functions and classes could be called as it is: "
        f"say how, --call '{example}'"
    )


Found = tuple[str, set[str], Attempt | None]


def _attempts(program: Program, covered: set[str]) -> Iterator[Found]:
    """Everything that can be tried, the outer things first."""
    yield from _trained(program, covered)
    for target in finding.losses(program):
        if target.text not in covered:
            why = f"{target.text} returns a loss and its gradients"
            yield why, {target.text}, single.drive_loss(program, target)
    for pair in finding.pairs(program):
        if pair.backward.text not in covered:
            for word in words(program, pair.forward) or [""]:
                why = f"{pair.title} are a pair" + (f", for {word!r}" if word else "")
                yield why, set(), pairing.drive(program, pair, word)
    for kind in finding.kinds(program):
        yield from _of_class(program, kind, covered)


def _trained(program: Program, covered: set[str]) -> Iterator[Found]:
    for target in finding.training(program):
        if target.text not in covered:
            attempt = single.drive_training(program, target)
            yield f"{target.text} trains", {target.text}, attempt


def _of_class(program: Program, kind: str, covered: set[str]) -> Iterator[Found]:
    """A class is driven once: as a whole if it trains, else as far as it goes."""
    made = finding.constructor(program, kind)
    for name, targets, drive, why in (
        ("net", finding.trainers, single.drive_training, "trains"),
        (
            "net",
            finding.loss_methods,
            single.drive_loss,
            "returns a loss and gradients",
        ),
    ):
        variable = program.free(name)
        for target in targets(program, kind, variable):
            attempt = drive(program, target, made, variable)
            if attempt is not None:
                yield f"{kind}{target.text[len(variable) :]} {why}", set(), attempt
                return
    variable = program.free("layer")
    for pair in finding.method_pairs(program, kind, variable):
        method = pair.backward.text.partition(".")[2]
        if f"{kind}.{method}" not in covered:
            forward = pair.forward.text.partition(".")[2] or "__call__"
            both = f"{kind}.{forward} and {kind}.{method}"
            yield f"{both} are a pair", set(), pairing.drive(program, pair)
