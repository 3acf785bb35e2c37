"""Which products of a dense network leave out what they would multiply with zero.

A layer of ReLUs hands on zero wherever its sums are negative, and its error is zero
there too. Which layers do so is found by computing both at sums around zero; how many
zeros a batch has is looked at in each step (``sparse``). A product is named by what it
is for and its layer: ("forward", 2) gives the sums of the second layer, ("back", 2) the
gradient at the first one's values, ("weights", 2) that of W2.
"""

from __future__ import annotations

from clearprop.training.native.dense import Dense
from clearprop.training.native.dense_layout import Layout
from clearprop.training.native.dense_values import Values, joined
from clearprop.training.native.tiles import Tile

# In fewer rows, and fewer panels of what they are multiplied with, listing what isn't
# zero takes as long as it saves. Vectors of 64 bytes are listed all at once.
_FEWEST_ROWS = 64
_FEWEST_PANELS = 16
_FEWEST_PANELS_AT_ONCE = 4


class Sparse:
    """The choice for one network.

    ``first_turned``, which is known before its layout: W1 lies turned, so that its
    gradient can leave out the error's zeros; the data seldom have any.
    """

    def __init__(self, values: Values, net: Dense, tile: Tile, batch: int) -> None:
        self._tile, self._batch = tile, batch
        self._zeros = [values.often_zero(at) for at in range(1, len(net.layers))]
        columns = net.widths[0]
        self.first_turned = (
            any(error for _, error in self._zeros[:1])
            and self._pays(-(-columns // tile.lanes))
            and columns > tile.block
        )

    def products(self, place: Layout) -> set[tuple[str, int]]:
        """Those that leave zeros out."""
        panels, found = place.panels, set()
        if self.first_turned:
            found.add(("weights", 1))
        for at, (values, error) in enumerate(self._zeros, 1):
            above = at + 1
            own = panels[above] // place.team
            if values and above < place.last and self._pays(own):
                found |= {("forward", above), ("weights", above)}
            if error and at > 1 and self._pays(panels[at - 1]):
                found.add(("back", at))
        return {
            (what, at)
            for what, at in found
            if what == "weights"
            or not joined(place, self._tile, at if what == "back" else at - 1)
        }

    def _pays(self, panels: int) -> bool:
        """Whether it pays in a product so many panels wide."""
        at_once = self._tile.lanes * self._tile.dtype.itemsize == 64
        fewest = _FEWEST_PANELS_AT_ONCE if at_once else _FEWEST_PANELS
        return self._batch >= _FEWEST_ROWS and panels >= fewest


__all__ = ["Sparse"]
