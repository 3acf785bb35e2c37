"""The rows of each step: shuffled by seed, in batches, the last one smaller.

An epoch is one pass over all rows. What comes out are arrays of row numbers, the same
for every engine; the state of the generator is all that a later epoch depends on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


class Batches:
    """Makes the batches of one epoch after the other."""

    def __init__(self, rows: int, batch_size: int, shuffle: bool, seed: int) -> None:
        self.rows = rows
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.generator = np.random.default_rng(seed)

    @property
    def per_epoch(self) -> int:
        """Steps in an epoch."""
        return -(-self.rows // self.batch_size)

    def epoch(self, first: int = 0) -> Iterator[np.ndarray]:
        """The epoch's batches: (steps, batch size), then the smaller last one.

        Those before ``first`` are left out: they were made before.
        """
        order = (
            self.generator.permutation(self.rows)
            if self.shuffle
            else np.arange(self.rows)
        )
        full = self.rows // self.batch_size * self.batch_size
        begin = first * self.batch_size
        if begin < full:
            yield order[begin:full].reshape(-1, self.batch_size)
        if full < self.rows and begin <= full:
            yield order[None, full:]

    @property
    def state(self) -> dict[str, Any]:
        """What the next epoch's order depends on."""
        return dict(self.generator.bit_generator.state)

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.generator.bit_generator.state = state


__all__ = ["Batches"]
