"""From the gradients of a step to what moves the parameters: L2, then clipping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clearprop.training.plan import Plan


def prepared(
    xp: Any, plan: Plan, gradients: Sequence[Any], weights: Sequence[Any]
) -> list[Any]:
    """The gradients as the update rule gets them, on arrays of the library ``xp``.

    L2 adds λ·w. ``clip_norm`` scales all gradients together so that their norm is at
    most this (Pascanu et al. 2013, algorithm 1); ``clip_value`` cuts every entry.
    """
    ready = [
        g + p.decay * w if p.decay else g
        for p, g, w in zip(plan.parameters, gradients, weights)
    ]
    if plan.clip_norm is not None:
        # in float32 the square of 1e20 is inf, and every step would be 0
        squares = (xp.square(g.astype(xp.float64)) for g in ready)
        norm = xp.sqrt(sum(map(xp.sum, squares)))
        scale = xp.minimum(1.0, plan.clip_norm / xp.maximum(norm, 1e-300))
        ready = [g * scale.astype(g.dtype) for g in ready]
    if plan.clip_value is not None:
        ready = [xp.clip(g, -plan.clip_value, plan.clip_value) for g in ready]
    return ready


__all__ = ["prepared"]
