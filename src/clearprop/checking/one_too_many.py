"""What a line that adds up in a loop owes, where a number in it is one too many.

``grad_in += 2 * (g * W_out[t])`` adds parts of a gradient that has no name yet, and
what it is used for later is wrong by a constant. Were the number not there, each run
would add that much less, and the later line were right as it is. Comes in a statement
with its runs, go out the sums that it would have held without each of its numbers, or
with a factor more that isn't the same at all inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clearprop.checking.factors import factors_for, held_factors, scaled_by
from clearprop.checking.judgement import Judgement
from clearprop.checking.marks import Marked
from clearprop.checking.need import Item
from clearprop.checking.owed import adds_up
from clearprop.checking.reading import Reading
from clearprop.checking.replays import ratio, tolerance
from clearprop.checking.telling import numbers_of
from clearprop.checking.trial import Arrays, Blame, Other, Trial, target_text
from clearprop.graph import Node

_KEEPS = ("setitem", "index_add", "add", "sub")  # what holds what was there before


def summed_too_much(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: Item,
    group: Sequence[Marked],
) -> Iterator[Blame]:
    """The statement without a number that all its runs have as a factor."""
    statement = reading.observed.sites[site].statement
    if len(group) < 2 or not adds_up(statement):
        return
    numbers = numbers_of(statement)
    held = held_factors(reading, trial, current, site, list(group)) if numbers else None
    if held is not None and held[1]:
        return  # it is the gradient that its name says
    for number in numbers:
        sums = _scaled(trial, group, [1 / number] * len(trial.scene.replays))
        if any(abs(a - 1) <= 1e-6 for a, _ in factors_for(trial, current, sums)):
            yield Blame(
                site, item, sums, target_text(statement), 1 / number, None,
                kind="multiple",
            )  # fmt: skip


def summed_in_parts(
    reading: Reading,
    trial: Trial,
    current: Judgement,
    site: int,
    item: Item,
    group: Sequence[Marked],
) -> Iterator[Blame]:
    """The statement with another factor at each replay, where that is all it lacks.

    ``dt += (ds[i] * z[i]).sum() / t`` adds up a gradient row by row, with a power of
    ``t`` that is lost: no single use of ``t`` says what each run owes.
    """
    scene, last = trial.scene, group[-1].node
    statement = reading.observed.sites[site].statement
    if len(group) < 2 or not adds_up(statement):
        return
    total = trial.reader()(last)
    for outcome in current.outcomes:
        gradient = scene.gradient.get(outcome.of)
        if outcome.right or gradient is None or gradient.shape != last.shape:
            continue
        near = tolerance([last, gradient])
        times = [
            ratio(wanted, found, near, scene.floor)
            for wanted, found in zip(scene.values(gradient), total)
        ]
        known = [t for t in times if t is not None and np.isfinite(t) and t]
        if len(known) < len(times):
            continue
        sums = _scaled(trial, group, known)
        for factor in factors_for(trial, current, sums):
            yield Blame(
                site, item, scaled_by(factor, sums), scene.label(outcome.of),
                factor[0], outcome.of, kind="sum", outcome=outcome,
            )  # fmt: skip


def _scaled(
    trial: Trial, group: Sequence[Marked], times: Sequence[float]
) -> dict[Node, Arrays]:
    """What the target holds after each run, were everything added so many times."""
    sums: dict[Node, Arrays] = {}
    as_it_is = trial.reader()
    for marked in group:
        source = marked.source
        before = next((n for n in source.inputs if n in sums), None)
        if before is None and source.op.name in _KEEPS:
            before = source.inputs[0]
        after = as_it_is(marked.node)
        if before is None or before.shape != source.shape:
            # the first adds to nothing
            sums[marked.node] = [t * a for t, a in zip(times, after)]
            continue
        base = sums.get(before) or _read(trial, sums, before)
        sums[marked.node] = [
            b + t * (a - was)
            for t, b, a, was in zip(times, base, after, as_it_is(before))
        ]
    return sums


def _read(trial: Trial, sums: dict[Node, Arrays], node: Node) -> Arrays:
    others = {**trial.others, **sums}
    return Other(trial.scene, others).read(node) if others else trial.scene.values(node)
