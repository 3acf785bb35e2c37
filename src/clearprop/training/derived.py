"""A stepper's step for examples of one size, derived and compiled in this process.

NumPy makes the steps until the compiled code is there; then C does, and the step is
kept for the next process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.training.binding import Bound
from clearprop.training.engines import Instead, engine_for, serving, settled
from clearprop.training.native.arrays import in_a_row
from clearprop.training.native.fast import FastStep, fast_step
from clearprop.training.one_way import number_for_a_size
from clearprop.training.planning import plan_for
from clearprop.training.recalled import remember

if TYPE_CHECKING:
    from clearprop.training.stepper import Stepper


class Derived:
    """The step for examples of one size and dtype."""

    def __init__(self, owner: Stepper, bound: Bound, key: str | None) -> None:
        """``key``: what it is kept under; None: it isn't."""
        self.owner = owner
        self.bound = bound
        self.key = key
        self.plan = plan_for(bound, rule=owner._rule, **owner._options)
        why = self._only_here() if owner._wanted != "numpy" else None
        # code for one branch or size can't serve examples that go the other way
        self.engine: Any = (
            Instead(self.plan, why) if why else engine_for(self.plan, owner._wanted)
        )
        self.fast: FastStep | None = None

    def _only_here(self) -> str | None:
        """Why the steps of this example aren't those of every other one of its size."""
        guards = self.plan.backward.request.value_guards
        if guards:
            return f"line {guards[0].line}: a branch depends on the example"
        number = number_for_a_size(self.plan, self.bound.data)
        return f"a size or a count is the number {number}" if number else None

    @property
    def name(self) -> str:
        """The engine that makes the steps."""
        return "native" if self.fast is not None else str(self.engine.name)

    @property
    def made(self) -> int:
        """How many steps were made."""
        return self.fast.count if self.fast is not None else int(self.state()["step"])

    def step(self, data: Mapping[str, Any], rate: float) -> float:
        """One step, by the engine that is ready."""
        if self.fast is None:
            self._hurry(data)
        if self.fast is not None:
            self.fast.set(rate, self.fast.count)
            dtypes = {i.leaf.path[0]: i.leaf.node.dtype for i in self.plan.inputs}
            return float(self.fast.again(*in_a_row(data, dtypes)))
        # it might change over between being given the example and making the step
        engine = serving(self.engine)
        for i, given in enumerate(self.plan.inputs):
            if given.leaf.path[0] in data:
                engine.inputs[i] = _at(data[given.leaf.path[0]], given.leaf.path)
        done = engine.run(None, np.array([rate]))
        loss = float(done.losses[0])
        if done.ended:
            self.owner._strange(loss)
        return loss

    def state(self) -> dict[str, np.ndarray]:
        """The state of the engine, the steps that C made counted."""
        if self.fast is not None:
            self.engine.step = self.fast.count
        found: dict[str, np.ndarray] = self.engine.state()
        return found

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from another size's state."""
        self.engine.restore(state)
        if self.fast is not None:
            self.fast.set(0.0, int(state["step"]))

    def params(self) -> Any:
        """The parameters as they are."""
        return self.bound.trained(self.plan, self.state())

    def _hurry(self, data: Mapping[str, Any]) -> None:
        """Go over to C, once it is compiled."""
        self.engine = settled(self.engine)
        if self.engine.name != "native":
            return
        self.fast = fast_step(
            self.engine, list(data), self.owner._step, self.owner._strange
        )
        if self.fast is None:  # the compiled routine reads the first example only
            state = self.engine.state()
            self.engine = Instead(self.plan, "an argument is more than an array")
            self.engine.restore(state)
            return
        remember(self.key, self.bound, self.engine, self.fast)
        self.owner._hurry(self.fast, data)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for _, item in path[1:]:
        value = value[item]
    return value


__all__ = ["Derived"]
