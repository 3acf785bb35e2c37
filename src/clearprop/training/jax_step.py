"""One step of a plan as a pure function of JAX arrays: evaluate, prepare, move.

A step whose loss isn't finite, or that reads at a position outside of an array, moves
nothing, and neither do those after it. ``unsupported`` says beforehand, in words, why a
plan can't be trained so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from clearprop.graph import Graph, Node, ordered
from clearprop.training.foreseen import Kind, branching, kinds
from clearprop.training.jax_values import (
    Unsupported,
    Values,
    counts_with,
    known,
    plain,
    refusal,
)
from clearprop.training.one_way import spelled
from clearprop.training.plan import Plan
from clearprop.training.updates import prepared


def unsupported(plan: Plan) -> str | None:
    """The reason, or None where JAX takes the plan."""
    for parameter in plan.parameters:
        if not known(parameter.value.dtype):
            return f"{parameter.label} holds {parameter.value.dtype.name} numbers"
    why = branching(plan)
    if why is not None:
        return why
    why = refusal(_roots(plan), plan.backward.trace.lines)
    if why is not None:
        return why
    try:
        for kind in kinds(plan):
            _check_sizes(plan, kind)
    except Unsupported as error:
        return str(error)
    return None


def _roots(plan: Plan) -> list[Node]:
    """All that a step computes."""
    found = [plan.loss, *(r.node for r in plan.recorded if r.parameter is None)]
    return found + [p.gradient for p in plan.parameters if p.gradient is not None]


def _check_sizes(plan: Plan, kind: Kind) -> None:
    """What the trace relied on must hold at this size of a batch too."""
    shapes = _leaf_shapes(plan, kind[0])
    graph: Graph = plan.backward.trace.graph
    for guard in graph.guards:
        if not guard.holds(lambda dim: plain(dim, shapes)):
            raise Unsupported(
                f"the forward pass was followed where {spelled(plan, guard)}, which a "
                f"batch of {kind[0]} rows breaks"
            )
    for node in ordered(_roots(plan)):
        if not counts_with(node, shapes):
            for param in node.params.values():
                plain(param, shapes)


def _leaf_shapes(plan: Plan, rows: int | None) -> dict[Node, tuple[int, ...]]:
    shapes: dict[Node, tuple[int, ...]] = {
        p.leaf.node: np.shape(p.value) for p in plan.parameters
    }
    shapes |= {n: shapes[plan.parameters[i].leaf.node] for n, i in plan.current.items()}
    for given in plan.inputs:
        shape = np.shape(given.value)
        if given.by_row:
            shape = shape[1:] if plan.per_example else (rows or 1, *shape[1:])
        shapes[given.leaf.node] = shape
    return shapes


@dataclass
class Step:
    """``step(state, inputs, rate)``: the state after a step, and what it tells.

    A state holds the weights, their slots, the number of steps made (a Python number,
    so that it doesn't decide a dtype) and whether training goes on.
    """

    plan: Plan
    messages: list[str] = field(default_factory=list)  # filled while it is compiled

    def __call__(
        self, state: dict[str, Any], inputs: Mapping[int, Any], rate: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Nothing moves where something isn't finite or a position lies outside."""
        plan = self.plan
        count = state["count"] + 1
        if plan.current:
            found = self._in_turn(state, inputs, rate, count)
        else:
            found = self._at_once(state, inputs, rate, count)
        loss, gradients, observed, strange, weights, slots = found
        finite = jnp.array([jnp.isfinite(v).all() for v in (loss, *gradients)]).all()
        goes_on = state["goes_on"] & finite & (strange == 0)

        def unless_ended(new: Any, old: Any) -> Any:
            return jax.tree.map(lambda a, b: jnp.where(goes_on, a, b), new, old)

        after = {
            "weights": unless_ended(weights, state["weights"]),
            "slots": unless_ended(slots, state["slots"]),
            "count": count,
            "goes_on": goes_on,
        }
        for r in plan.recorded:
            if r.parameter is not None:
                observed[r.name] = after["weights"][r.parameter]
        ended = ~goes_on
        return after, {
            "loss": loss, "ended": ended, "strange": strange, "records": observed
        }  # fmt: skip

    def _at_once(
        self, state: dict[str, Any], inputs: Mapping[int, Any], rate: Any, count: Any
    ) -> tuple[Any, ...]:
        plan = self.plan
        loss, gradients, observed, outside = self._mean(state["weights"], inputs)
        ready = prepared(jnp, plan, gradients, state["weights"])
        moved = [
            self._moved(state, i, gradient, rate, count)
            for i, gradient in enumerate(ready)
        ]
        weights, slots = [w for w, _ in moved], [s for _, s in moved]
        return loss, gradients, observed, _first(outside), weights, slots

    def _in_turn(
        self, state: dict[str, Any], inputs: Mapping[int, Any], rate: Any, count: Any
    ) -> tuple[Any, ...]:
        plan = self.plan
        values = self._values(state["weights"], inputs)
        observed = [r for r in plan.recorded if r.parameter is None]
        loss, *seen = values.add([plan.loss, *(r.node for r in observed)])
        records = {r.name: v for r, v in zip(observed, seen)}
        weights, slots = list(state["weights"]), list(state["slots"])
        now = {i: node for node, i in plan.current.items()}
        gradients = []
        for i, parameter in enumerate(plan.parameters):
            if parameter.gradient is not None:
                (gradient,) = values.add([parameter.gradient])
                gradients.append(gradient)
                alone = replace(plan, parameters=(parameter,))
                (ready,) = prepared(jnp, alone, [gradient], [weights[i]])
                weights[i], slots[i] = self._moved(state, i, ready, rate, count)
            values.of[now[i]] = weights[i]
        outside = self._outside(values)
        return loss.reshape(()), gradients, records, _first(outside), weights, slots

    def _moved(
        self, state: dict[str, Any], i: int, gradient: Any, rate: Any, count: Any
    ) -> tuple[Any, Any]:
        weight, slots = state["weights"][i], state["slots"][i]
        # in NumPy the rate is a Python number, which leaves the dtype alone
        change, after = self.plan.rule.step(
            jnp, weight, gradient, slots, rate.astype(gradient.dtype), count
        )
        after = {k: v.astype(slots[k].dtype) for k, v in after.items()}
        return weight + change.astype(weight.dtype), after

    # -- values ------------------------------------------------------------------------

    def _mean(
        self, weights: Sequence[Any], inputs: Mapping[int, Any]
    ) -> tuple[Any, ...]:
        """The loss, the gradients, what is observed and what lies outside."""
        if not self.plan.per_example:
            return self._values_at(weights, inputs)
        rows = {i: 0 if self.plan.inputs[i].by_row else None for i in inputs}
        each = jax.vmap(self._values_at, (None, rows))(weights, inputs)
        loss, gradients, observed, outside = each
        means = [g.mean(axis=0) for g in gradients]
        return loss.mean(), means, observed, outside.any(axis=0)

    def _values_at(
        self, weights: Sequence[Any], inputs: Mapping[int, Any]
    ) -> tuple[Any, ...]:
        plan = self.plan
        values = self._values(weights, inputs)
        (loss,) = values.add([plan.loss])
        gradients = [
            jnp.zeros_like(w)
            if p.gradient is None
            else jnp.broadcast_to(values.add([p.gradient])[0], w.shape)
            for p, w in zip(plan.parameters, weights)
        ]
        observed = {
            r.name: values.add([r.node])[0]
            for r in plan.recorded
            if r.parameter is None
        }
        return loss.reshape(()), gradients, observed, self._outside(values)

    def _values(self, weights: Sequence[Any], inputs: Mapping[int, Any]) -> Values:
        plan = self.plan
        of = {p.leaf.node: w for p, w in zip(plan.parameters, weights)}
        of |= {plan.inputs[i].leaf.node: x for i, x in inputs.items()}
        return Values(of, {given.leaf.node: given.leaf.label for given in plan.inputs})

    def _outside(self, values: Values) -> Any:
        self.messages = [message for message, _ in values.strange]
        return jnp.array([flag for _, flag in values.strange], dtype=bool)


def _first(flags: Any) -> Any:
    """The number of the first that is set, from 1 on; 0 where none is."""
    if not len(flags):
        return jnp.zeros((), int)
    return jnp.where(flags.any(), jnp.argmax(flags) + 1, 0)


__all__ = ["Step", "unsupported"]
