"""Judging one training step: is what the program does with each parameter its gradient?

An outcome is a value that the program stands or falls with: the step of a parameter, or
a gradient that it returns. Every outcome is compared with the derived gradient at fresh
inputs, up to one constant; the constants of all outcomes must agree.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from dataclasses import replace

import numpy as np

from clearprop.checking.constants import agree, factored
from clearprop.checking.coordinates import coordinate
from clearprop.checking.judgement import Judgement, Outcome, Read, fits_on, moves
from clearprop.checking.metric import METRIC, measured
from clearprop.checking.replays import OWN, Scene, match, tolerance
from clearprop.checking.rules import clipped, decayed, inside, norm_clipping
from clearprop.graph import Node

# W - step - W is the step to within the last digits of W: a few roundings of it.
_DIGITS = 4 * float(np.finfo(float).eps)


def judge(
    scene: Scene,
    outcomes: Iterable[Outcome],
    read: Read | None = None,
    others: Container[Node] = (),
) -> Judgement:
    """Compare every outcome with its gradient, then the outcomes with each other.

    ``read`` gives the values that the program has, those of ``others`` exchanged.
    """
    judged = [
        _judged(scene, replace(o), read or scene.values, others) for o in outcomes
    ]
    if all(o.idle or o.zero for o in judged):  # the output is right
        for outcome in judged:
            outcome.zero = True
    norm_clipping(judged)
    agree(judged, scene, read)
    return Judgement(scene, judged)


def _judged(
    scene: Scene, outcome: Outcome, read: Read, others: Container[Node]
) -> Outcome:
    outcome.match, outcome.zero, outcome.shape = None, False, False
    outcome.idle = False
    outcome.decay, outcome.ratios, outcome.scaled = 0.0, (), []
    outcome.rule = "" if outcome.rule == METRIC else outcome.rule
    gradient = scene.gradient.get(outcome.of)
    if gradient is None:
        return outcome
    wanted = scene.values(gradient)
    if outcome.replaces and outcome.node not in others:
        return outcome
    if outcome.lead is not None:
        wanted = [a * g for a, g in zip(scene.values(outcome.lead), wanted)]
    near = tolerance([outcome.node, gradient, outcome.of])
    if outcome.update is not None:
        found = moves(scene, outcome.update, read)
        if found is None:
            outcome.shape = True
            return outcome
        own = coordinate(scene.reading, outcome.update)
        if own is not None and not any(np.any(f[~own]) for f in found):
            wanted = [np.where(own, w, 0.0) for w in wanted]
    else:
        found = read(outcome.node)
        if outcome.kind == "gradient" and not fits_on(found[0].shape, wanted[0].shape):
            outcome.shape = True
            return outcome
    rounding = None
    if outcome.update is not None:
        rounding = [
            _DIGITS * float(np.max(np.abs(w), initial=0.0))
            for w in scene.values(outcome.update.before)
        ]
    outcome.match = match(found, wanted, near, scene.floor, rounding)
    nothing = all(np.max(np.abs(w), initial=0.0) <= scene.floor for w in wanted)
    if outcome.match is None and not nothing:
        decayed(scene, outcome, found, wanted, near)
    if outcome.match is None and scene.rests:
        outcome.idle = not any(np.any(f) for f in found[:OWN])
        if outcome.idle:
            return outcome
    if outcome.match is None and outcome.update is not None:
        inside(scene, outcome, wanted, near, read, others)
    if outcome.match is None and outcome.update is not None:
        clipped(scene, outcome, found, wanted, near)
    if outcome.match is None and outcome.update is not None:
        measured(scene, outcome, found, wanted, near)
    if outcome.match is not None and math.isnan(outcome.match.factor):
        outcome.zero = True  # no gradient reaches it, and it isn't moved
        outcome.match = None
    if outcome.match is not None:
        factored(scene, outcome)
    return outcome
