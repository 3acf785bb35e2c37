"""Gradients that are zero wherever they were looked at, and not where the program is.

Any gradient is right where all are zero: behind a softmax that the random inputs have
driven into a corner, a turned sign can't be seen. Comes in a judged step; goes out why
there is no verdict on it, or None.
"""

from __future__ import annotations

import numpy as np

from clearprop.checking.judgement import Judgement, Outcome
from clearprop.checking.replays import Values, ratio, tolerance
from clearprop.errors import DeriveError
from clearprop.graph import evaluate

_SEEN = 1e-9  # of the largest gradient: what is more than rounding


def vanished(judgement: Judgement) -> DeriveError | None:
    """Why nothing is said of a weight whose gradient only the program's numbers show.

    Where the step is along it there, it is right.
    """
    scene = judgement.scene
    zero = [o for o in judgement.outcomes if o.zero and o.right]
    if not zero or scene.step.number:
        return None
    every = {o.of for o in judgement.outcomes if o.of in scene.gradient}
    values: Values = dict(scene.own())
    with np.errstate(all="ignore"):
        evaluate([scene.gradient[n] for n in every], values, values, rounds=False)
    sizes = {n: _size(values[scene.gradient[n]]) for n in every}
    largest = max(filter(np.isfinite, sizes.values()), default=0.0)
    for outcome in zero:
        if sizes.get(outcome.of, 0.0) <= _SEEN * largest:
            continue
        if not _is_along(outcome, values, judgement):
            return DeriveError(
                f"nothing can be said of line {outcome.line}, {outcome.binding.place}: "
                "at all inputs that were tried its gradient is zero, and at the "
                "program's own it isn't. Something saturates: with smaller numbers in "
                "the data it would show"
            )
    return None


def _size(value: object) -> float:
    return float(np.max(np.abs(np.asarray(value, dtype=float)), initial=0.0))


def _is_along(outcome: Outcome, values: Values, judgement: Judgement) -> bool:
    """Whether an outcome is a multiple of its gradient at the program's own numbers."""
    scene, update = judgement.scene, outcome.update
    nodes = [update.after, update.before] if update is not None else [outcome.node]
    with np.errstate(all="ignore"):
        found = evaluate(nodes, values, values, rounds=False)
    step = found[0] - found[1] if update is not None else found[0]
    gradient = scene.gradient[outcome.of]
    wanted, near = values[gradient], tolerance([outcome.node, gradient])
    factor = ratio(np.asarray(step), np.asarray(wanted), near, scene.floor)
    return factor is not None and (update is None or factor < 0)


__all__ = ["vanished"]
