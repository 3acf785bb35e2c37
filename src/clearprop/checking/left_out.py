"""Weights that an error line knows nothing of, though what is reported depends on them.

``total = np.exp(-s) * mse + s`` is called no loss, and the error that it is made of
says nothing of ``s``. Comes in a run; go out its reading and its steps, judged under
such a number where it explains all that the error line does, and moves more weights.
"""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.checking.governed import Place, place_of
from clearprop.checking.judged import Judged, judgements
from clearprop.checking.observe import Observed
from clearprop.checking.reading import Reading
from clearprop.checking.unnamed import numbers
from clearprop.graph import Node


def read_whole(observed: Observed, seed: int) -> tuple[Reading, list[Judged]]:
    """A run's reading, in which no weight is left out that a number speaks of."""
    reading = Reading(observed)
    judged = judgements(reading, seed)
    for place in _speaking(reading) if judged else ():
        other = Reading(observed, meant=place)
        under = judgements(other, seed)
        if under and _explains(under, set(reading.parameters)):
            return other, under
    return reading, judged


def _speaking(reading: Reading) -> Iterator[Place]:
    """The reported numbers that all moved weights go into, and one left out besides."""
    if reading.losses or not reading.forgotten:
        return
    step = reading.steps[0]
    moved = set(step.befores.values())
    found = dict.fromkeys(
        place_of(binding)
        for binding in numbers(reading, step)
        if _reads(reading, binding.node, moved)
    )
    yield from list(found)[:1]


def _reads(reading: Reading, node: Node, moved: set[Node]) -> bool:
    cone = reading.cone(node)
    return moved <= cone and not reading.forgotten.isdisjoint(cone)


def _explains(under: list[Judged], learned: set[Node]) -> bool:
    """Whether its gradient moves all weights that the error line speaks of.

    Or most of all, and each of those that are left out: then what the others lack is a
    mistake, as ``dfeats = dr @ head.T`` without the second task's term.
    """
    moved = [
        outcome
        for one in under
        for outcome in one.judgement.outcomes
        if outcome.update is not None
    ]
    spoken = [o.right for o in moved if o.update and o.update.leaf in learned]
    others = [o.right for o in moved if o.update and o.update.leaf not in learned]
    most = sum([*spoken, *others]) * 2 > len(moved)
    return bool(spoken) and (all(spoken) or (bool(others) and all(others) and most))
