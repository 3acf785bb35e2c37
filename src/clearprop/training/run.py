"""What training gives back: the trained parameters, and how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Run:
    """A finished training.

    ``params``   trained arrays, nested as they came in
    ``history``  ``"loss"`` for each step (before its update), ``"epoch_loss"`` (their
                 mean over an epoch), ``"validation_loss"`` by epoch where it was asked
                 for, ``"learning_rate"`` for each step, and whatever ``record=`` named
    ``engine``   which engine ran, and why where it wasn't the fastest
    ``stopped``  why it ended, in words
    """

    params: Any
    history: dict[str, Any]
    engine: str
    stopped: str
    steps: int
    epochs: int
    seconds: float
    parameters: dict[str, np.ndarray] = field(default_factory=dict)  # by label
    initial: dict[str, np.ndarray] = field(default_factory=dict)
    targets: dict[str, float] = field(default_factory=dict)  # single numbers of data
    gradients: Callable[[], dict[str, dict[str, np.ndarray]]] | None = None

    @property
    def loss(self) -> float:
        """The last loss: of the last epoch, or of the last step of a full batch."""
        return float(self.history["epoch_loss"][-1])

    def __repr__(self) -> str:
        return (
            f"<Run: {self.steps} steps in {self.seconds:.3g} s, loss "
            f"{self.history['epoch_loss'][0]:.6g} -> {self.loss:.6g}, {self.engine}; "
            f"{self.stopped}>"
        )


__all__ = ["Run"]
