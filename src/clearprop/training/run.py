"""What training gives back: the trained parameters, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Run:
    """A finished training.

    ``params``   trained arrays, nested as they came in
    ``history``  ``"loss"`` for each step (before its update), ``"epoch_loss"`` (their
                 mean over an epoch), ``"validation_loss"`` by epoch where it was asked
                 for, ``"learning_rate"`` for each step, and whatever ``record=`` named;
                 ``"gradient_norm"`` and ``"weight_norm"`` of each parameter at the
                 steps ``"observed_at"``
    ``engine``   which engine ran, and why where it wasn't the fastest
    ``stopped``  why it ended, in words
    ``remarks``  sentences about layers whose gradients vanish, explode or are zero
    ``parameters``  the trained arrays by label, without nesting
    ``targets``  single numbers of the data that the loss compares a value with
    """

    params: Any
    history: dict[str, Any]
    engine: str
    stopped: str
    steps: int
    epochs: int
    seconds: float
    parameters: dict[str, np.ndarray] = field(default_factory=dict)
    recorded: list[str] = field(default_factory=list)
    targets: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def loss(self) -> float:
        """The last loss: of the last epoch, or of the last step of a full batch."""
        return float(self.history["epoch_loss"][-1])

    def plot(self) -> Any:
        """A matplotlib figure: losses, what was recorded with its target, the layers.

        ``.savefig("run.png")`` keeps it; a notebook shows it. Needs the extra ``plot``.
        """
        from clearprop.training.plot import plot

        return plot(self)

    def __repr__(self) -> str:
        return (
            f"<Run: {self.steps} steps in {self.seconds:.3g} s, loss "
            f"{self.history['epoch_loss'][0]:.6g} -> {self.loss:.6g}, {self.engine}; "
            f"{self.stopped}>"
        )


__all__ = ["Run"]
