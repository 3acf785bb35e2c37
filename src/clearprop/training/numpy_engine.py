"""The NumPy engine: the written backward pass in a Python loop; the reference.

It is always there, takes every plan, and the other engines are compared with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.graph import Node, ValueGuard, evaluate, ordered, recompute
from clearprop.training.one_way import strayed
from clearprop.training.plan import Plan, Steps
from clearprop.training.state import parts_of, state_of
from clearprop.training.updates import prepared

Values = dict[Node, Any]


class NumPyEngine:
    """Runs a plan with NumPy; see ``plan.Engine``."""

    name = "numpy"
    processes = 1
    any_count = True

    def __init__(self, plan: Plan) -> None:
        """Begin at the plan's own parameters."""
        self.plan = plan
        self.step = 0
        self.weights = [np.array(p.value) for p in plan.parameters]
        self.slots = [
            {slot: np.zeros_like(w) for slot in plan.rule.slots} for w in self.weights
        ]
        self.inputs = [given.value for given in plan.inputs]
        self._pass = Pass(plan, self.weights, self.inputs)
        self._observed = [r for r in plan.recorded if r.parameter is None]

    def run(self, batches: np.ndarray | None, rates: np.ndarray) -> Steps:
        """As many steps as there are rates."""
        losses: list[float] = []
        records: dict[str, list[Any]] = {r.name: [] for r in self.plan.recorded}
        moved = True
        for k, rate in enumerate(rates):
            rows = None if batches is None else batches[k]
            step = self._sequential if self.plan.current else self._simultaneous
            with np.errstate(all="ignore"):  # what isn't finite ends it
                loss, observed, moved = step(rows, float(rate))
            losses.append(loss)
            for r in self.plan.recorded:
                at = r.parameter
                value = observed[r.name] if at is None else self.weights[at].copy()
                records[r.name].append(value)
            if not moved:
                break
        found = {k: stacked(v) for k, v in records.items()}
        return Steps(np.array(losses), found, ended=not moved)

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the parameters, their slots and the number of steps made."""
        return state_of(self.step, self.weights, self.slots)

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from a state, of this or of another engine."""
        dtypes = [w.dtype for w in self.weights]
        self.step, self.weights[:], self.slots = parts_of(
            state, dtypes, self.plan.rule.slots
        )

    # -- one step ------------------------------------------------------------------

    def _simultaneous(
        self, rows: np.ndarray | None, rate: float
    ) -> tuple[float, dict[str, Any], bool]:
        loss, gradients = self._pass.mean(rows)
        observed = self._values(rows)
        if not (np.isfinite(loss) and all(np.isfinite(g).all() for g in gradients)):
            return loss, observed, False
        self.step += 1
        ready = prepared(np, self.plan, gradients, self.weights)
        for i, gradient in enumerate(ready):
            self._move(i, gradient, rate)
        return loss, observed, True

    def _sequential(
        self, rows: np.ndarray | None, rate: float
    ) -> tuple[float, dict[str, Any], bool]:
        plan = self.plan
        values = self._pass.leaves(rows)
        self._one_way(
            values, plan.backward.trace.graph.value_guards, "update='sequential'"
        )
        evaluate([plan.loss, *(r.node for r in self._observed)], dict(values), values)
        loss = float(values[plan.loss])
        moved = bool(np.isfinite(loss)) and self._in_turn(values, rate)
        return loss, {r.name: np.array(values[r.node]) for r in self._observed}, moved

    def _in_turn(self, values: Values, rate: float) -> bool:
        """Move the parameters, or none where a gradient isn't finite."""
        plan, before = self.plan, self.state()
        now = {i: node for node, i in plan.current.items()}
        self.step += 1
        for i, parameter in enumerate(plan.parameters):
            if parameter.gradient is not None:
                recompute(ordered([parameter.gradient]), values)
                gradient = np.asarray(values[parameter.gradient])
                if not np.isfinite(gradient).all():
                    self.restore(before)
                    return False
                weight = self.weights[i]
                if parameter.decay:
                    gradient = gradient + parameter.decay * weight
                if plan.clip_value is not None:
                    limit = plan.clip_value
                    gradient = np.clip(gradient, -limit, limit)
                self._move(i, gradient, rate)
            values[now[i]] = copy(self._pass.weight(i))
        return True

    def _move(self, i: int, gradient: Any, rate: float) -> None:
        change, self.slots[i] = self.plan.rule.step(
            np, self.weights[i], gradient, self.slots[i], rate, self.step
        )
        self.weights[i] += change

    def _one_way(
        self, values: Values, guards: Sequence[ValueGuard], asked: str
    ) -> None:
        """Refuse what is known for one way only, where a step goes another."""
        other = strayed(self.plan, guards, values)
        if other is not None:
            raise ClearpropError(
                f"{other} goes another way at step {self.step} than where the forward "
                f"pass was followed, and {asked} is known for that way only: leave it "
                "out, or write np.where for the branch"
            )

    def _values(self, rows: np.ndarray | None) -> dict[str, Any]:
        """What is recorded beside the parameters."""
        if not self._observed:
            return {}
        nodes = [r.node for r in self._observed]
        guards = self.plan.backward.request.value_guards

        def at(row: Any) -> list[Any]:
            values = self._pass.leaves(row)
            self._one_way(values, guards, f"record={[r.name for r in self._observed]}")
            return evaluate(nodes, values)

        if not self.plan.per_example:
            found = at(rows)
        else:
            each = np.arange(self.plan.rows or 1) if rows is None else rows
            found = [np.stack(values) for values in zip(*map(at, each))]
        return {r.name: np.array(v) for r, v in zip(self._observed, found)}


class Pass:
    """The forward and backward pass of a batch, at weights and inputs as they are."""

    def __init__(
        self, plan: Plan, weights: Sequence[np.ndarray], inputs: Sequence[Any]
    ) -> None:
        """The lists may change: what they hold then counts."""
        self.plan = plan
        self.weights = weights
        self.inputs = inputs
        # a Python number doesn't decide the dtype of a result: it stays one
        self._weak = [p.leaf.node.weak for p in plan.parameters]

    def weight(self, i: int) -> Any:
        """A parameter as the forward pass takes it."""
        return float(self.weights[i]) if self._weak[i] else self.weights[i]

    def leaves(self, rows: Any) -> Values:
        """The value of every leaf, at the rows of a batch or at one row."""
        values: Values = {
            p.leaf.node: self.weight(i) for i, p in enumerate(self.plan.parameters)
        }
        for given, value in zip(self.plan.inputs, self.inputs):
            take = given.by_row and rows is not None
            values[given.leaf.node] = value[rows] if take else value
        return values

    def mean(self, rows: np.ndarray | None) -> tuple[float, list[np.ndarray]]:
        """The loss and the gradients of a batch."""
        if not self.plan.per_example:
            return self._at(self.leaves(rows))
        each = np.arange(self.plan.rows or 1) if rows is None else rows
        losses, sums = 0.0, [np.zeros_like(w) for w in self.weights]
        for row in each:
            loss, gradients = self._at(self.leaves(row))
            losses += loss
            for total, gradient in zip(sums, gradients):
                total += gradient
        return losses / len(each), [
            np.asarray(s / len(each), dtype=s.dtype) for s in sums
        ]

    def _at(self, values: Mapping[Node, Any]) -> tuple[float, list[np.ndarray]]:
        loss, found = self.plan.backward.at_leaves(values)
        return float(loss), [
            np.asarray(found[p.leaf.node]) for p in self.plan.parameters
        ]


def stacked(values: list[Any]) -> Any:
    """One array, where all steps gave the same shape."""
    if len({np.shape(v) for v in values}) <= 1:
        return np.array(values)
    return values


def joined(made: Sequence[Steps]) -> Steps:
    """Pieces of a run as one."""
    if len(made) == 1:
        return made[0]
    records = {
        name: stacked([value for one in made for value in one.records[name]])
        for name in made[0].records
    }
    losses = np.concatenate([one.losses for one in made])
    return Steps(losses, records, made[-1].ended)


__all__ = ["NumPyEngine", "Pass", "joined", "stacked"]
