"""Every step of a program under the loss that it descends on, judged.

Comes in a reading; goes out a ``Judged`` for each step: of the losses that may be meant
the first that leaves most of it right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clearprop.checking.as_given import as_given, is_of_policy, with_itself
from clearprop.checking.evident import is_evident, is_promising, only_decays
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
from clearprop.checking.shifted import shifts
from clearprop.checking.unnamed import BRANCH, unnamed

ANY: Callable[[Judgement], bool] = lambda _: True  # noqa: E731
SEEN = 16  # steps under a number that nobody calls a loss


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
    def uphill(self) -> int:
        """How many weights move along their gradient, and not against it."""
        every = self.judgement.outcomes
        return sum(o.uphill and not o.right for o in every if o.match is not None)

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
    if name is not None:
        return made or _under_unnamed(reading, seed, name, ANY)
    if made and all(map(_is_settled, made)):
        return made
    may_be = _is_turned if made else _is_hopeful
    vain = bool(made) and not any(map(_speaks_for_itself, made))
    seen: list[list[Judged]] = []
    for other in unnamed(reading, reading.steps[0]):
        least = ANY if other.name == BRANCH and not made else may_be
        if vain and other.name != BRANCH:
            least = _is_near
        under = _under_unnamed(reading, seed, other.name, least)
        if under and all(j.judgement.whole for j in under):
            return under
        seen.append(under)
    if vain:
        return max(filter(None, seen), key=_worth_of, default=made)
    if made and all(one.wrong == len(one.judgement.outcomes) for one in made):
        made = next(filter(None, seen), made)  # of which each is minus a gradient
    meant = (u for u in seen if u and (_is_meant(u) or all(map(_is_mostly_right, u))))
    return made or next(meant, made)


def _is_turned(judgement: Judgement) -> bool:
    """Whether all that is wrong is the sign: so many gradients are no accident."""
    return all(o.right or (o.uphill and o.agrees) for o in judgement.outcomes)


def _speaks_for_itself(one: Judged) -> bool:
    """Whether anything is its loss's gradient, if only but for a constant.

    If nothing is, an error line is no error: any number under which something comes
    right says more of what was meant. The program is wrong under both.
    """
    return any(o.match is not None for o in one.judgement.outcomes)


def _is_near(judgement: Judgement) -> bool:
    """Whether something is right, or all of it but for the sign."""
    right = any(o.right and not o.zero for o in judgement.outcomes)
    return right or _is_turned(judgement)


def _is_hopeful(judgement: Judgement) -> bool:
    """Whether a number may be meant in a program that has no other."""
    return is_promising(judgement) or _is_near(judgement)


def _is_mostly_right(one: Judged) -> bool:
    """Whether half of what a step moves or names is right: no chance does that.

    Nor does any of it go uphill, as another player's would.
    """
    outcomes = one.judgement.outcomes
    right = [o for o in outcomes if o.right and not o.zero]
    return 2 * len(right) >= len(outcomes) and not any(o.uphill for o in outcomes)


def _worth_of(under: Sequence[Judged]) -> tuple[float, float]:
    """How much is right but for a constant, and how much is right."""
    outcomes = [o for one in under for o in one.judgement.outcomes]
    matched = sum(o.match is not None for o in outcomes)
    return matched / len(outcomes), sum(o.right for o in outcomes) / len(outcomes)


def _is_meant(under: Sequence[Judged]) -> bool:
    branch = under[0].candidate.name == BRANCH
    return is_evident([one.judgement for one in under], branch)


def _is_settled(one: Judged) -> bool:
    """Whether a step is right, or its loss is stated and no other may be meant."""
    return one.judgement.whole or one.candidate.bound


def _under_unnamed(
    reading: Reading, seed: int, name: str, may_be: Callable[[Judgement], bool]
) -> list[Judged]:
    """The steps under a number that nobody calls a loss; none where it can't be it."""
    made: list[Judged] = []
    for step in reading.steps[:SEEN]:
        candidates = [c for c in unnamed(reading, step) if c.name == name]
        one = _best(reading, step, seed, candidates)
        if one is not None and one.judgement.whole:
            made.append(one)
        elif one is not None and only_decays(one.judgement):
            continue  # the branch in which nothing is learned
        elif one is not None and may_be(one.judgement):
            made.append(one)
        elif made and one is None and not (step.losses or step.errors):
            continue  # it isn't reported after every step
        else:
            return []
    return made


def _under_one(reading: Reading, seed: int, name: str | None) -> list[Judged]:
    """The steps, under one loss of the closed list if it is of that."""
    made = []
    for step in reading.steps:
        one = under_best_loss(reading, step, seed, name)
        if one is not None:
            made.append(one)
            name = one.candidate.name
    apart = [j for j in made if not with_itself(reading, j.candidate.node)]
    return apart or made


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
            upstream=of_upstream(candidate), rests=candidate.name == BRANCH,
        )  # fmt: skip
        if candidate.name and not scene.holds and best is not None:
            continue  # the cross-entropy of a tanh: nobody means that
        judgement = judge(scene, outcomes(reading, step, scene))
        if not judgement.outcomes:
            continue
        named = as_given(reading, candidate.node)
        targets = held_targets(reading, step, candidate.node)
        moved = frozenset(shifts(candidate.node, scene.befores).values())
        ways = () if judgement.whole else (targets, named, moved)
        for held in filter(None, ways):
            given = Scene(
                reading, step, candidate.node, seed, held | made_targets(reading, step),
                bound=candidate.bound,
            )  # fmt: skip
            again = judge(given, outcomes(reading, step, given))
            more = _worth(again) > _worth(judgement)
            # an advantage is given in a wrong program too
            sure = held is named and is_of_policy(reading, held)
            if more or (sure and _worth(again) == _worth(judgement)):
                judgement = again
        some = 0 < len(candidate.anchors) < len(step.errors)
        many = len(best.judgement.outcomes) if best is not None else 0
        if some and len(judgement.outcomes) < many:
            continue  # what isn't theirs would be let off
        if best is None or _worth(judgement) > _worth(best.judgement):
            best = Judged(step, candidate, judgement)
        if judgement.whole:
            break
    return best


def _worth(judgement: Judgement) -> tuple[int, int]:
    """How much is right under a loss, and how much is but for a constant or a sign."""
    matched = sum(o.match is not None for o in judgement.outcomes)
    return judgement.right, matched
