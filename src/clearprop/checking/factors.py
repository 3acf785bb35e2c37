"""Which constants a line may carry: the sign and scale that its peers carry too.

A gradient is right up to a constant that is the same for all. Of a line that is wrong
nobody sees its constant: candidates are those of the lines around it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clearprop.checking.claims import forward
from clearprop.checking.constants import named_factor
from clearprop.checking.coordinates import coordinate
from clearprop.checking.judgement import Judgement, Outcome, fits_on
from clearprop.checking.marks import Marked
from clearprop.checking.names import likeness, stem
from clearprop.checking.reading import Reading
from clearprop.checking.replays import OWN, match, ratio, tolerance
from clearprop.checking.terms import alike
from clearprop.checking.trial import UNFIT, Arrays, Other, Trial, target_text
from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier


def factor_of(factor: tuple[float, float], replay: int) -> float:
    """A constant at the program's own rates, or at those of the last replays."""
    return factor[0] if replay < OWN else factor[1]


def scaled_by(
    factor: tuple[float, float], values: dict[Node, Arrays]
) -> dict[Node, Arrays]:
    """A constant times the values of every replay."""
    return {
        node: [factor_of(factor, k) * a for k, a in enumerate(arrays)]
        for node, arrays in values.items()
    }


def factors_for(
    trial: Trial, current: Judgement, values: dict[Node, Arrays]
) -> Iterator[tuple[float, float]]:
    """Which constant times the gradient lets the outcomes agree with the others."""
    try:
        if not _promising(trial, current, values):
            return
        judged = trial.judged(values)
    except UNFIT:  # another shape, which doesn't fit on
        return
    before = current.outcomes
    gained = [
        (old, new)
        for old, new in zip(before, judged.outcomes)
        if new.match is not None and not old.right
    ]
    if not gained:
        return
    seen = set()
    if all(new.right for _, new in gained):  # steps may have rates of their own
        seen.add((1.0, 1.0))
        yield 1.0, 1.0
    for old, new in gained:
        assert new.match is not None
        # what is right may follow from the statement too, and change with it
        for outcomes in (judged.outcomes, before):
            here, there = _as_others(old, new, before, outcomes)
            key = (round(here, 9), round(there, 9))
            if key not in seen:
                seen.add(key)
                yield here, there


def _as_others(
    old: Outcome, new: Outcome, before: list[Outcome], outcomes: list[Outcome]
) -> tuple[float, float]:
    """The constant that gives an outcome the factor which the right ones have."""
    assert new.match is not None
    for was, model in zip(before, outcomes):
        if not was.right or was.match is None or model.match is None:
            continue
        if model.kind != old.kind or (model.inner is None) != (new.inner is None):
            continue
        here = there = model.match.factor / new.match.factor
        if model.match.varied is not None and new.match.varied is not None:
            there = model.match.varied / new.match.varied
        return here, there
    uphill = old.kind == "update" and new.match.factor > 0
    if old.statement is not None:  # which states the constant, too
        varied = new.match.varied or new.match.factor
        return 1 / new.match.factor, 1 / varied
    return (-1.0, -1.0) if uphill else (1.0, 1.0)


def _promising(trial: Trial, current: Judgement, values: dict[Node, Arrays]) -> bool:
    """A first look, at one replay: does any wrong outcome become a gradient?"""
    scene = trial.scene
    read = Other(scene, {**trial.others, **values}, 1).read
    for outcome in current.outcomes:
        if outcome.right or outcome.of not in scene.gradient:
            continue
        if outcome.decay:  # it is one, but for its constant
            return True
        wanted = scene.values(scene.gradient[outcome.of])[:1]
        near = tolerance([outcome.node, outcome.of])
        nodes = [n for n, _ in outcome.gates or ()]
        found = [read(n)[0] for n in nodes]
        if outcome.update is not None:
            after = read(outcome.update.after)[0]
            before = scene.values(outcome.update.before)[0]
            if after.shape == before.shape:
                found.append(after - before)
                own = coordinate(scene.reading, outcome.update)
                if own is not None:  # the other entries are other steps' to move
                    wanted = [np.where(own, wanted[0], 0.0)]
        else:
            found.append(read(outcome.node)[0])
        if any(ratio(f, wanted[0], near, scene.floor) is not None for f in found):
            return True
    return False


def held_factors(
    reading: Reading, trial: Trial, current: Judgement, site: int, group: list[Marked]
) -> tuple[str, bool] | None:
    """The forward value whose gradient the statement's own name claims, if it is.

    And whether it is that gradient exactly, but for its sign.
    """
    scene = trial.scene
    statement = reading.observed.sites[site].statement
    word = stem(identifier(target_text(statement)))
    if word is None:
        return None
    last = group[-1].node
    found = trial.reader()(last)
    for node, name in forward(reading, scene).items():
        learned = node in scene.befores or node in reading.labels
        if likeness(word, identifier(name)) < (0.6 if learned else 0.95):
            continue
        if not alike(node.shape, last.shape) or not fits_on(last.shape, node.shape):
            continue
        gradient = scene.gradient[node]
        near = tolerance([last, gradient])
        how = match(found, scene.values(gradient), near, scene.floor)
        if how is None or how.varied is None:
            continue
        if how.factor * convention_of(reading, current) > 0:
            # db = -dL/db isn't what it says, unless all of them are
            return name, abs(abs(how.factor) - 1) < 1e-6
    return None


def convention_of(reading: Reading, current: Judgement) -> float:
    """1 where what is called a gradient is one, -1 where it is minus that."""
    signs = []
    for outcome in current.outcomes:
        if outcome.right:
            factor = named_factor(current.scene, outcome)
            signs += [factor] if factor is not None else []
    if signs:
        return -1.0 if all(f < 0 for f in signs) else 1.0
    # several steps that go downhill along their gradients outvote one error line
    return _sign_of_error(current) if len(current.outcomes) == 1 else 1.0


def _sign_of_error(current: Judgement) -> float:
    """-1 where the backward pass begins with ``target - output``."""
    scene = current.scene
    if scene.turned is None:
        used = set(ordered([u.after for u in scene.step.updates]))
        found = [
            e.output is e.node.inputs[1] for e in scene.step.errors if e.node in used
        ]
        scene.turned = bool(found) and all(found)
    return -1.0 if scene.turned else 1.0
