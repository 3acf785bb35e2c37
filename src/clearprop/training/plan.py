"""What every engine is told: one step of training, and nothing about how to run it.

A ``Plan`` holds the derived backward pass, the parameters with the graph node of each
gradient, the data, and what happens to a gradient before it moves a parameter. An
``Engine`` takes a plan and runs steps; all engines take the same steps on the same rows
and agree up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from clearprop.backward import Backward
from clearprop.graph import Node
from clearprop.trace.result import Leaf
from clearprop.training.rules import Rule


@dataclass(frozen=True)
class Parameter:
    """An array that training moves.

    ``gradient`` is None where the loss doesn't depend on it. ``decay`` is its own λ of
    the L2 term λ/2·‖w‖², whose gradient λ·w is added before clipping.
    """

    leaf: Leaf
    gradient: Node | None
    value: np.ndarray
    decay: float = 0.0

    @property
    def label(self) -> str:
        """How the user calls it: ``W1``, ``params["W1"]``."""
        return self.leaf.label


@dataclass(frozen=True)
class Input:
    """What the forward pass reads and training leaves alone.

    ``by_row``: a batch takes rows of it (its first axis); otherwise it is taken whole.
    """

    leaf: Leaf
    value: Any
    by_row: bool


@dataclass(frozen=True)
class Recorded:
    """A value that is kept at every step.

    A parameter as it is after the step's update (``node`` is its leaf); every other
    value as the step's forward pass, or its gradient, computed it.
    """

    name: str
    node: Node
    parameter: int | None = None  # which of the plan's parameters it is


@dataclass(frozen=True, eq=False)
class Plan:
    """One training step: forward pass, backward pass, update.

    ``loss`` and the gradients are nodes of one graph. Where ``per_example`` is set, the
    graph is that of one example (its row inputs have no batch axis) and a batch's loss
    and gradients are the means over its rows; otherwise the graph takes the batch at
    once and its loss is what the user's forward pass says.

    ``current`` is there for sequential updates only: leaves of the gradients that stand
    for a parameter *after* this step's update of it (parameters are updated in order).
    """

    backward: Backward
    loss: Node
    parameters: tuple[Parameter, ...]
    inputs: tuple[Input, ...]
    rule: Rule
    recorded: tuple[Recorded, ...] = ()
    rows: int | None = None  # how many rows the data has; None: one fixed example
    batch_size: int | None = None  # None: all rows at once
    per_example: bool = False
    clip_norm: float | None = None  # of all gradients together
    clip_value: float | None = None  # of each entry
    current: dict[Node, int] = field(default_factory=dict)


class Steps(NamedTuple):
    """What some steps gave: ``losses[k]`` before update k, ``records[name][k]``.

    ``ended``: the loss or a gradient of the last step was not finite, and its update
    was not made; there may be fewer steps than were asked for. A record is a list where
    a batch of another size gave another shape.
    """

    losses: np.ndarray
    records: dict[str, Any]
    ended: bool = False


class Engine(Protocol):
    """Runs steps of a plan. The arrays that it trains are its own."""

    name: str
    processes: int  # that train together; each must ask for the same steps
    any_count: bool  # whether a call may be for as many steps as one likes

    @property
    def inputs(self) -> list[Any]:
        """The values of the plan's inputs, in their order; other ones may be put in."""
        ...

    def run(self, batches: np.ndarray | None, rates: np.ndarray) -> Steps:
        """As many steps as there are rates.

        ``batches`` (steps, batch size), int64: the rows of each step's batch. None:
        every step takes all rows, or the one fixed example.
        """
        ...

    def state(self) -> dict[str, np.ndarray]:
        """Copies of all that a further step depends on: see ``state.state_of``."""
        ...

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from a state, of this or of another engine."""
        ...


__all__ = ["Engine", "Input", "Parameter", "Plan", "Recorded", "Steps"]
