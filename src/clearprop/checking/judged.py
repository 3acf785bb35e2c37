"""Every step of a program under the loss that it descends on, judged.

Comes in a reading; goes out a ``Judged`` for each step: of the losses that may be meant
the first that leaves most of it right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clearprop.checking.as_given import as_given
from clearprop.checking.judge import judge
from clearprop.checking.judgement import Judgement
from clearprop.checking.losses import (
    Candidate,
    candidates,
    held_targets,
    made_targets,
    of_upstream,
)
from clearprop.checking.outcomes import outcomes
from clearprop.checking.reading import Reading, Step
from clearprop.checking.replays import Scene
from clearprop.checking.unnamed import unnamed
from clearprop.graph import Node


@dataclass(slots=True)
class Judged:
    """A step with the loss that was chosen for it."""

    step: Step
    candidate: Candidate
    judgement: Judgement

    @property
    def wrong(self) -> int:
        """How many outcomes are wrong."""
        return sum(not o.right for o in self.judgement.outcomes)

    @property
    def moves(self) -> int:
        """How many weights are moved."""
        return sum(o.update is not None for o in self.judgement.outcomes)

    def wrong_lines(self) -> set[tuple[int, str]]:
        """Where outcomes are wrong: the lines and what they bind."""
        wrong = [o for o in self.judgement.outcomes if not o.right]
        return {(o.line, o.binding.place) for o in wrong}


def judgements(reading: Reading, seed: int, name: str | None = None) -> list[Judged]:
    """Every step under the loss that it descends on."""
    made = _under_one(reading, seed, name)
    if name is None and not (made and all(map(_is_settled, made))):
        for other in unnamed(reading, reading.steps[0]):
            again = _whole_under(reading, seed, other.name)
            moving = [s for s in reading.steps if _is_moved_by_data(reading, s)]
            if again and len(again) >= len(moving):
                return again
    return made


def _is_settled(one: Judged) -> bool:
    """Whether a step is right, or its loss is stated and no other may be meant."""
    return one.judgement.whole or one.candidate.bound


def _whole_under(reading: Reading, seed: int, name: str) -> list[Judged]:
    """The steps under a number that nobody calls a loss, while they are right."""
    made: list[Judged] = []
    for step in reading.steps:
        candidates = [c for c in unnamed(reading, step) if c.name == name]
        if made and not _is_moved_by_data(reading, step):
            continue  # the branch in which nothing is learned
        one = _best(reading, step, seed, candidates)
        if one is None or not one.judgement.whole:
            break
        made.append(one)
    return made


def _is_moved_by_data(reading: Reading, step: Step) -> bool:
    """Whether a step does more than have a weight decay."""
    known = {m.node for m in reading.observed.made if not m.node.shape}
    learned = set(reading.parameters)
    return any(reading.inputs_of(u.after) - learned - known for u in step.updates)


def _under_one(reading: Reading, seed: int, name: str | None) -> list[Judged]:
    """The steps, under one loss of the closed list if it is of that."""
    made = []
    for step in reading.steps:
        one = under_best_loss(reading, step, seed, name)
        if one is not None:
            made.append(one)
            name = one.candidate.name
    return made


def under_best_loss(
    reading: Reading, step: Step, seed: int, name: str | None = None
) -> Judged | None:
    """The step under the first loss that leaves most of it right."""
    meant = candidates(reading, step)
    return _best(
        reading, step, seed, [c for c in meant if name is None or c.name == name]
    )


def _best(
    reading: Reading, step: Step, seed: int, meant: Sequence[Candidate]
) -> Judged | None:
    best: Judged | None = None
    for candidate in meant:
        scene = Scene(
            reading, step, candidate.node, seed, made_targets(reading, step),
            bound=candidate.bound, output=candidate.output,
            upstream=of_upstream(candidate),
        )  # fmt: skip
        if candidate.name and not scene.holds and best is not None:
            continue  # the cross-entropy of a tanh: nobody means that
        judgement = judge(scene, outcomes(reading, step, scene))
        if not judgement.outcomes:
            continue
        for held in () if judgement.whole else _given(reading, step, candidate.node):
            given = Scene(
                reading, step, candidate.node, seed, held | made_targets(reading, step),
                bound=candidate.bound,
            )  # fmt: skip
            again = judge(given, outcomes(reading, step, given))
            if _worth(again) > _worth(judgement):
                judgement = again
        if best is None or _worth(judgement) > _worth(best.judgement):
            best = Judged(step, candidate, judgement)
        if judgement.whole:
            break
    return best


def _given(reading: Reading, step: Step, loss: Node) -> Iterator[frozenset[Node]]:
    """What may count as given though weights made it, where not all is right."""
    targets = held_targets(reading, step, loss)
    named = as_given(reading, loss)
    yield from (held for held in (targets, named) if held)


def _worth(judgement: Judgement) -> tuple[int, int]:
    """How much is right under a loss, and how much is but for a constant or a sign."""
    matched = sum(o.match is not None for o in judgement.outcomes)
    return judgement.right, matched
