"""The layers over time: how large weights and gradients are, and what that means.

At the start, at the end and now and then between them the gradients of one batch are
computed with NumPy and their norms noted. That takes at most a small share of the
training's time. ``remarks`` says in words where gradients vanish, explode or are zero.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.graph import Node, ordered, recompute
from clearprop.trace.replay import current_state, random_state
from clearprop.training.numpy_engine import Pass
from clearprop.training.plan import Engine, Plan

# Observing may take this share of the time that the steps take.
_SHARE = 0.05
# The gradient reaching the first layer is this much smaller than the last one's: such
# weights would take a thousand times as many steps.
_VANISHED = 1e-3
# One step at learning rate 1 would move the weights by this many times their size.
_EXPLODED = 1e3


class Observer:
    """Notes the norms of weights and gradients, while that is cheap."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.steps: list[int] = []
        self.weights: dict[str, list[float]] = {p.label: [] for p in plan.parameters}
        self.gradients: dict[str, list[float]] = {p.label: [] for p in plan.parameters}
        self._seconds = 0.0
        rows = plan.batch_size
        self._rows = None if rows is None else np.arange(rows)

    def maybe(self, step: int, engine: Engine, spent: float) -> None:
        """Look, unless looking has cost too much of the time already."""
        if self._seconds <= _SHARE * spent:
            self.look(step, engine.state())

    def look(self, step: int, state: Mapping[str, np.ndarray]) -> None:
        """Note the norms at this state."""
        if step == self._last:
            return
        began = time.perf_counter()
        weights = [state[str(i)] for i in range(len(self.plan.parameters))]
        with random_state(current_state()):  # looking takes no draw from the steps
            norms = self._norms_of_gradients(weights)
        for parameter, weight, norm in zip(self.plan.parameters, weights, norms):
            self.weights[parameter.label].append(_norm(weight))
            self.gradients[parameter.label].append(norm)
        self.steps.append(step)
        self._seconds += time.perf_counter() - began

    def _norms_of_gradients(self, weights: Sequence[np.ndarray]) -> list[float]:
        plan = self.plan
        batch = Pass(plan, weights, [given.value for given in plan.inputs])
        with np.errstate(all="ignore"):
            if plan.per_example:
                return [_norm(gradient) for gradient in batch.mean(self._rows)[1]]
            of = {leaf.node: g for leaf, g in plan.backward.request.wanted}
            wanted = [of[p.leaf.node] for p in plan.parameters]
            shapes = {g: w.shape for g, w in zip(wanted, weights) if g is not None}
            norms = _norms(shapes, batch.leaves(self._rows))
        return [0.0 if g is None else norms[g] for g in wanted]

    @property
    def _last(self) -> int | None:
        return self.steps[-1] if self.steps else None

    def history(self) -> dict[str, Any]:
        """What ``Run.history`` tells of it."""
        return {
            "observed_at": np.array(self.steps),
            "weight_norm": {k: np.array(v) for k, v in self.weights.items()},
            "gradient_norm": {k: np.array(v) for k, v in self.gradients.items()},
        }


def remarks(
    history: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]
) -> list[str]:
    """What the norms say, in sentences; nothing where all is well.

    Layers are the parameters with two or more axes, in their order; gradients are
    compared by their root mean square (Glorot & Bengio 2010, section 4.2.2).
    """
    gradients, weights = history["gradient_norm"], history["weight_norm"]
    layers = [k for k, shape in shapes.items() if len(shape) > 1]
    found = [
        f"{name} gets no gradient: every entry is zero, so it stays as it is. With "
        "ReLU, units that are never active give this; otherwise the loss doesn't "
        "depend on it."
        for name in shapes
        if not np.any(gradients[name])
    ]
    if found:
        if len(layers) > 1 and not any(weights[k][0] for k in layers):
            found.append(
                "All weights begin at 0, where each layer hides the others: begin at "
                "random ones, as clearprop.mlp does."
            )
        return found
    rms = {k: gradients[k] / np.sqrt(np.prod(shapes[k])) for k in layers}
    if len(layers) > 1:
        found += _vanishing(layers, rms)
    for name in shapes:
        with np.errstate(all="ignore"):
            ratio = gradients[name] / weights[name]
        ratio = ratio[(weights[name] > 0) & ~np.isnan(ratio)]
        if len(ratio) and ratio.max() > _EXPLODED:
            found.append(
                f"The gradient of {name} explodes: its norm comes to "
                f"{ratio.max():.1g} times that of the weights. clip_norm bounds "
                "it; smaller initial weights or a smaller learning rate avoid it."
            )
    return found


def _vanishing(layers: Sequence[str], rms: Mapping[str, np.ndarray]) -> list[str]:
    first, last = layers[0], layers[-1]
    # the gradient at its largest: at the end of a training all of them are small
    reach = float(np.max(rms[first]) / max(float(np.max(rms[last])), 1e-300))
    if reach >= _VANISHED:
        return []
    return [
        f"The gradient vanishes on its way back: that of {first} is {reach:.1g} of "
        f"that of {last}, so {first} hardly learns. ReLU instead of sigmoid or tanh, "
        "initial weights after He or Glorot, or fewer layers let it through."
    ]


def _norms(
    shapes: Mapping[Node, tuple[int, ...]], leaves: Mapping[Node, Any]
) -> dict[Node, float]:
    """The norms of nodes, spread to these shapes; what is read no more is let go."""
    norms = {
        n: _norm(np.broadcast_to(leaves[n], shapes[n])) for n in shapes if n in leaves
    }
    order = ordered(shapes, leaves)
    last = {n: at for at, node in enumerate(order) for n in (node, *node.inputs)}
    values = dict(leaves)
    for at, node in enumerate(order):
        recompute([node], values)
        if node in shapes:
            norms[node] = _norm(np.broadcast_to(values[node], shapes[node]))
        for n in {node, *node.inputs}:
            if last[n] == at and n.dims and n not in leaves:
                del values[n]
    return norms


def _norm(value: Any) -> float:
    return float(np.linalg.norm(np.ravel(value)))


__all__ = ["Observer", "remarks"]
