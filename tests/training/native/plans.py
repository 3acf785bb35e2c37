"""Plans for the tests of the native engine, and the loop that it is compared with.

The loop knows nothing of graphs or engines: it calls the written backward pass and the
update rules' formulas, one step after the other.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from clearprop.training.binding import bind
from clearprop.training.plan import Plan
from clearprop.training.planning import plan_for
from clearprop.training.rules import rule_named


def plan_of(
    function: Any,
    params: dict[str, Any],
    data: dict[str, Any],
    rule: str = "sgd",
    **more: Any,
) -> Plan:
    return plan_for(bind(function, params, data), rule=rule_named(rule, {}), **more)


def shuffled(plan: Plan, steps: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack(
        [rng.permutation(plan.rows)[: plan.batch_size] for _ in range(steps)]
    )


def reference(
    plan: Plan, batches: Any, rates: Any
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The losses and the parameters after these steps, in plain NumPy."""
    weights = {p.label: np.array(p.value) for p in plan.parameters}
    decay = {p.label: p.decay for p in plan.parameters}
    slots = {k: dict.fromkeys(plan.rule.slots, 0 * w) for k, w in weights.items()}
    losses = []
    for k, rate in enumerate(rates):
        loss, found = _mean(plan, weights, None if batches is None else batches[k])
        losses.append(loss)
        ready = {n: found[n] + decay[n] * w for n, w in weights.items()}
        if plan.clip_norm is not None:
            norm = np.sqrt(sum(np.sum(np.float64(g) ** 2) for g in ready.values()))
            shrink = min(1.0, plan.clip_norm / norm)
            ready = {n: g * g.dtype.type(shrink) for n, g in ready.items()}
        if plan.clip_value is not None:
            limit = plan.clip_value
            ready = {n: np.clip(g, -limit, limit) for n, g in ready.items()}
        for n, w in weights.items():
            change, slots[n] = plan.rule.step(
                np, w, ready[n], slots[n], float(rate), k + 1
            )
            weights[n] = np.asarray(w + change, dtype=w.dtype)
    return np.array(losses), weights


def _mean(plan: Plan, weights: dict[str, Any], rows: Any) -> tuple[float, Any]:
    if not plan.per_example:
        return _at(plan, weights, rows)
    each = [
        _at(plan, weights, row)
        for row in (range(plan.rows or 1) if rows is None else rows)
    ]
    gradients = {
        k: np.asarray(sum(g[k] for _, g in each) / len(each), dtype=w.dtype)
        for k, w in weights.items()
    }
    return sum(loss for loss, _ in each) / len(each), gradients


def _at(plan: Plan, weights: dict[str, Any], rows: Any) -> tuple[float, Any]:
    data = {
        i.leaf.label: i.value[rows] if i.by_row and rows is not None else i.value
        for i in plan.inputs
    }
    loss, found = plan.backward.loss_and_gradients(**data, **copy.deepcopy(weights))
    return float(loss), {k: np.asarray(v) for k, v in found.items()}
