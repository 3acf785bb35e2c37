"""How often a value would have to be there for a wrong outcome to come right.

A coefficient may come after a line: the KL term's own gradient is made first, and beta
times that is added later. No constant that is usual is right there; what the value is
doubled tells which is, as outcomes are sums of products.
"""

from __future__ import annotations

import numpy as np

from clearprop.checking.judgement import Judgement, Outcome
from clearprop.checking.trial import UNFIT, Arrays, Other, Trial
from clearprop.graph import Node


def times_owed(
    trial: Trial, current: Judgement, node: Node, held: Arrays, *, alone: bool = False
) -> float | None:
    """How often a value would have to be there, for a wrong outcome to be a gradient.

    What it is doubled tells, as outcomes are sums of products. Where a step is
    ``alone``, its own constant is free.
    """
    scene = trial.scene
    read = Other(scene, {**trial.others, node: held}, 1).read
    then = Other(scene, {**trial.others, node: [2.0 * a for a in held]}, 1).read
    peers = any(o.right and o.match for o in current.outcomes)
    for outcome in current.outcomes:
        gradient = scene.gradient.get(outcome.of)
        if outcome.right or gradient is None:
            continue
        top = outcome.node if outcome.update is None else outcome.update.after
        start = (
            0.0 if outcome.update is None else scene.values(outcome.update.before)[0]
        )
        try:
            now, doubled = read(top)[0], then(top)[0]
            with np.errstate(all="ignore"):
                more = np.ravel(doubled - now)
                rest = np.ravel(now - start) - more
            basis = np.stack([more, -np.ravel(scene.values(gradient)[0])], axis=1)
        except UNFIT:
            continue
        if not np.isfinite(basis).all() or not more.any():
            continue
        if np.max(np.abs(rest)) <= 1e-9 * np.max(np.abs(more)):  # the whole step
            peer = _factor_of_peers(current, outcome)
            if peer is not None:
                return peer
        if len(rest) < 3:
            continue
        solved, _, rank, _ = np.linalg.lstsq(basis, -rest, rcond=None)
        off = np.max(np.abs(basis @ solved + rest))
        times, constant = solved
        if rank < 2 or off > 1e-7 * np.max(np.abs(rest)):
            continue
        # of several steps' constants any two may differ
        free = alone and len(current.outcomes) == 1
        if peers or free or abs(constant - 1) <= 1e-6:
            return float(times)
    return None


def _factor_of_peers(current: Judgement, outcome: Outcome) -> float | None:
    """How often a step that is a gradient should be there, as the right ones are."""
    if outcome.match is None or outcome.kind != "update":
        return None
    peers = [o.match.factor for o in current.outcomes if o.right and o.match]
    alike = peers and all(abs(p - peers[0]) <= 1e-6 * abs(peers[0]) for p in peers)
    return peers[0] / outcome.match.factor if alike else None
