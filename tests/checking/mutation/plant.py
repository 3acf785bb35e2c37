"""All mutants of a program, each with what running it showed.

``plant`` is what the tests and the benchmark call: a right program in, judged mutants
out. "changed" and "crash" are wrong programs; "same" and "factor" are right ones in
spite of the edit; "doubtful" ones are left out.
"""

from __future__ import annotations

import ast
import functools
import runpy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .drivers import driver_for
from .mutant import Mutant
from .names import is_gradient, leaf, reads, target_of
from .oracle import Judged, Oracle
from .reading import STATED, Known, Reading, read
from .regularizing import loss_text
from .table import MUTATORS
from .text import Program

# A raised error is expected of these; of the others it only shows that the place where
# they planted their mistake didn't suit it.
MAY_RAISE = {
    "misspelled_name",
    "left_blank",
    "dropped_transpose",
    "added_transpose",
    "swapped_operands",
}
MUST_KEEP_SHAPES = {
    "other_operand",
    "other_gradient",
    "other_step",
    "ignored_weights",
    "dropped_transpose",
    "added_transpose",
    "swapped_operands",
}


def mutants(reading: Reading, each: int | None = 2) -> Iterator[Mutant]:
    """At most ``each`` mutants of every mutator, spread over the program."""
    seen = {"".join(reading.program.text.split())}
    for mutator in MUTATORS:
        made = []
        for mutant in mutator(reading):
            form = "".join(mutant.text.split())
            if form not in seen:
                seen.add(form)
                made.append(replace(mutant, mutator=mutator.__name__))
        yield from _spread(made, each)


def _spread(made: list[Mutant], each: int | None) -> list[Mutant]:
    if each is None or len(made) <= each:
        return made
    return [made[round(i * (len(made) - 1) / max(each - 1, 1))] for i in range(each)]


def known_of(path: Path) -> Known:
    """What the table beside the right programs says of this one, if there is one."""
    table = path.parent / "claims.py"
    if not table.exists():
        return Known()
    claims = _claims(table).get(path.name, [])
    updates = {place for _, place, of in claims if of == "update"}
    gradients = {place for _, place, of in claims if of != "update"}
    return Known(frozenset(map(_spelled, updates)), frozenset(map(_spelled, gradients)))


@functools.cache
def _claims(table: Path) -> dict[str, list[tuple[int, str, str]]]:
    claims: dict[str, list[tuple[int, str, str]]] = runpy.run_path(str(table))["CLAIMS"]
    return claims


def _spelled(place: str) -> str:
    try:
        return ast.unparse(ast.parse(place, mode="eval"))
    except SyntaxError:
        return place


def plant(path: Path, each: int | None = 2) -> Iterator[Judged]:
    """The judged mutants of one right program; none where it can't be run.

    Crashes are easy to plant and easy to find: a few of them are enough.
    """
    text = path.read_text(encoding="utf-8")
    known = known_of(path)
    reading = read(Program(path.stem, text), known)
    oracle = Oracle(reading, driver_for(reading), known)
    if not oracle.works:
        return
    crashes = 0
    for mutant in mutants(reading, each):
        if mutant.line in reading.stated and mutant.mistake not in ("sign", "crash"):
            continue  # another loss, of which what follows is wrong
        judged = oracle.judge(mutant)
        crashes += judged.mutant.mistake == "crash"
        if judged.mutant.mistake == "crash" and each and crashes > 2 * each:
            continue
        if judged.outcome == "crash" and mutant.mutator not in MAY_RAISE:
            continue
        if judged.reshaped and mutant.mutator in MUST_KEEP_SHAPES:
            continue
        yield _with_other_answers(reading, judged)


def _with_other_answers(reading: Reading, judged: Judged) -> Judged:
    mutant = judged.mutant
    also = list(mutant.also)
    if mutant.mistake == "sign" and judged.uphill and reading.updates:
        # every step is turned round: then all updates go uphill, which says the same
        first = min(update.statement.lineno for update in reading.updates)
        also.append((first, "update-sign"))
    if mutant.mistake == "sign" and (judged.uphill or mutant.line in reading.stated):
        # a difference that the loss reads as well can only be mended where it is used
        also += [(line, "sign") for line in _first_reader(reading, mutant.line)]
    if mutant.mistake == "sign" and mutant.line in _steps(reading):
        # of a step that is turned round on its own line both words are true
        also.append((mutant.line, "update-sign"))
    free = reading.updates and not loss_text(reading.program)
    if mutant.mistake == "scale" and free:
        # half a squared error or a whole one: the others may lack the constant
        steps = [update.statement.lineno for update in reading.updates]
        others = _beside(reading, mutant.line)
        if mutant.line in steps and len(steps) == 2:  # either of two
            others += [line for line in steps if line != mutant.line]
        also += [(line, "scale") for line in dict.fromkeys(others)]
    return replace(judged, mutant=replace(mutant, also=tuple(also)))


def _steps(reading: Reading) -> set[int]:
    """The lines that add to a place, or take away, what others call a gradient."""
    return {
        statement.lineno
        for statement in reading.backward
        if isinstance(statement, ast.AugAssign)
        and isinstance(statement.op, ast.Add | ast.Sub)
        and not is_gradient(leaf(statement.target))
        and any(map(reading.is_gradient, reads(statement.value)))
    }


def _beside(reading: Reading, line: int) -> list[int]:
    """The lines that give other gradients and don't read what this one gives."""
    lines = sorted(reading.lines(), key=lambda pair: pair[0].lineno)
    made = {leaf(t) for s, _ in lines if s.lineno == line if (t := target_of(s))}
    found = []
    for statement, value in lines:
        target = target_of(statement)
        if statement.lineno == line or target is None:
            continue
        if reads(value) & made:
            made.add(leaf(target))
        elif is_gradient(leaf(target)):
            found.append(statement.lineno)
    return found


def _first_reader(reading: Reading, line: int) -> list[int]:
    made = next((s for s in reading.backward if s.lineno == line), None)
    target = target_of(made) if made is not None else None
    if made is None or target is None:
        return []
    value = getattr(made, "value", None)
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Sub):
        return []
    others = [  # reading.lines() are those of updates that it knows
        (node, node.value)
        for node in ast.walk(reading.program.tree)
        if isinstance(node, ast.Assign)
    ]
    pairs = [*reading.expressions(), *others]
    later = sorted(
        statement.lineno
        for statement, value in pairs
        if statement.lineno > line
        and statement.lineno not in reading.stated
        and leaf(target) in reads(value)
        and not STATED.search(leaf(target_of(statement) or target))
    )
    return later[:1]
