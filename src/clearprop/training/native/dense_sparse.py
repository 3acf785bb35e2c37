"""Which products of a dense network leave out what they would multiply with zero.

A layer of ReLUs hands on zero wherever its sums are negative, and its error is zero
there too. Which layers do so is found by computing both at sums around zero; whether
the data have zeros, as pictures of digits and counts of words do, by looking at some of
their rows. How many there are in a batch is looked at again in each step (``sparse``).
A product is named by what it is for and its layer: ("forward", 2) gives the sums of the
second layer, ("back", 2) the gradient at the first one's values, ("weights", 2) W2's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.training.native.dense import Dense
from clearprop.training.native.dense_layout import Layout
from clearprop.training.native.dense_values import Values, joined, often
from clearprop.training.native.tiles import Tile
from clearprop.training.plan import Plan

# In fewer rows, and fewer panels of what they are multiplied with, listing what isn't
# zero takes as long as it saves. Vectors of 64 bytes are listed all at once.
_FEWEST_ROWS = 64
_FEWEST_PANELS = 16
_FEWEST_PANELS_AT_ONCE = 4
# So many rows of the data are looked at.
_LOOKED_AT = 64


class Sparse:
    """The choice for one network.

    ``first_turned``, which is known before its layout: W1 lies turned, so that its
    gradient can leave out the zeros of the error, where it can't those of the data.
    """

    def __init__(
        self, plan: Plan, values: Values, net: Dense, tile: Tile, batch: int
    ) -> None:
        self._tile, self._batch = tile, batch
        self._data = often(_some_rows(plan.inputs[net.data].value) == 0)
        hidden = range(1, len(net.layers))
        self._zeros = [values.often_zero(at) for at in hidden]
        columns = net.widths[0]
        self.first_turned = (
            not self._data
            and any(error for _, error in self._zeros[:1])
            and self._pays(-(-columns // tile.lanes))
            and columns > tile.block
        )

    def products(self, place: Layout) -> set[tuple[str, int]]:
        """Those that leave zeros out."""
        found = {("weights", 1)} if self.first_turned else set()
        given = [self._data, *(values for values, _ in self._zeros)]
        errors = [False, *(error for _, error in self._zeros)]
        for at in range(1, place.last):
            if given[at - 1] and self._pays(place.panels[at] // place.team):
                found.add(("weights", at))
                if not joined(place, self._tile, at - 1):
                    found.add(("forward", at))
            below = self._pays(place.panels[at - 1])
            if errors[at] and at > 1 and below and not joined(place, self._tile, at):
                found.add(("back", at))
        return found

    def _pays(self, panels: int) -> bool:
        """Whether it pays in a product so many panels wide."""
        at_once = self._tile.lanes * self._tile.dtype.itemsize == 64
        fewest = _FEWEST_PANELS_AT_ONCE if at_once else _FEWEST_PANELS
        return self._batch >= _FEWEST_ROWS and panels >= fewest


def _some_rows(data: Any) -> np.ndarray:
    """Rows from all over an array."""
    return np.asarray(data[:: max(1, len(data) // _LOOKED_AT)][:_LOOKED_AT])


__all__ = ["Sparse"]
