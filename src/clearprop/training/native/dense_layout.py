"""Where a dense network's arrays lie in the block of memory that the engine gives.

Everything is in panels (``tiles``): batches, weights with their slots, activations,
errors. The last layer lies turned, its weights, scores and error: it is narrow mostly,
and so few columns would leave most of a vector empty. What another member of the team
may still read, while its owner goes on, has two places and more.
"""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.training.native.dense import Dense
from clearprop.training.native.tiles import Tile
from clearprop.training.plan import Plan


@dataclass(frozen=True)
class Space:
    """Where an array lies in the block: its start, the distance of panels, its size."""

    start: int
    apart: int
    size: int

    def at(self, panel: str = "0", row: str = "0") -> str:
        """The address of a panel's row."""
        code = f"m + {self.start}"
        code += "" if panel == "0" else f" + {panel} * {self.apart}"
        return code + ("" if row == "0" else f" + {row} * LANES")


class Layout:
    """Everything's place in the block of memory."""

    def __init__(
        self,
        plan: Plan,
        net: Dense,
        batch: int,
        tile: Tile,
        members: int,
        first_turned: bool,
    ) -> None:
        self.widths, self.lanes = net.widths, tile.lanes
        lanes = tile.lanes
        self.panels = [-(-n // lanes) for n in self.widths]
        self.last = last = len(net.layers)
        hidden = self.panels[1:-1]
        self.team = max(1, min(members, *hidden)) if hidden else 1
        many = self.team > 1
        self.plain = plan.rule.name == "sgd"
        # beside a weight: its slots, and its gradient
        self.copies = 1 + len(plan.rule.slots) + (not self.plain)
        self.size = 0
        # a row more: what lies a power of two apart shares its place in the caches
        self.apart = (-(-batch // lanes) * lanes + 1) * lanes
        # turned: a panel for each LANES rows of the batch
        self.groups = -(-batch // lanes)
        tall = tile.tall(self.widths[-1])
        outputs = -(-self.widths[-1] // tall) * tall
        self.x_turns = 1 if not many else 3 if last == 2 else 2
        self.x = self._batch(0, self.x_turns)
        self.w: list[Space] = []
        self.b: list[Space] = []
        for at, n in enumerate(self.widths[:-1], 1):
            rows, panels, own = -(-n // lanes) * lanes, self.panels[at], 1
            if at == 1 and first_turned:
                rows, panels = self.panels[1] * lanes, self.panels[0]
            if at == last:
                rows, panels = outputs, self.panels[at - 1]
                own = self.team  # of the last bias each has its own
            self.w.append(self._take(rows * lanes, panels, self.copies))
            self.b.append(self._take(lanes, self.panels[at], self.copies * own))
        self.w_turned = (*(self.w[:1] if first_turned else ()), self.w[-1])
        # another member may still read a layer while the next step begins
        self.h_turns = [2 if many and 0 < at < last - 1 else 1 for at in range(last)]
        self.h = [self._batch(at, self.h_turns[at]) for at in range(1, last)]
        self.z = [self._batch(at) for at in range(1, last)]
        self.d = [self._batch(at) for at in range(1, last)]
        beside = (self.panels[last - 1] * lanes + 1) * lanes
        self.turned = self._take(beside, self.groups)
        beside = (outputs + 1) * lanes
        self.error = self._take(beside, self.groups, self.team)
        self.scores = self._take(beside, self.groups, 2 * self.team if many else 1)
        self.total = self.scores
        if many:
            self.total = self._take(beside, self.groups, self.team)
        shared = range(1, last - 1)  # what comes back to them comes in parts
        widest = max(shared, key=lambda at: self.panels[at], default=0)
        self.part_turns = min(len(shared), 2)
        self.parts = self._batch(widest, self.part_turns * self.team if many else 0)

    def own(self, at: int, panel: str) -> str:
        """The address of a hidden layer's weights from one of its panels on."""
        space = self.w[at - 1]
        if space in self.w_turned:
            return space.at("0", f"{panel} * LANES")
        return space.at(panel)

    def add_lists(self, size: int) -> None:
        """Room for what ``sparse`` lists, for each member."""
        self.lists = self._take(size, 1, self.team)

    def _take(self, apart: int, panels: int, copies: int = 1) -> Space:
        space = Space(self.size, apart, apart * panels)
        self.size += copies * space.size
        return space

    def _batch(self, at: int, copies: int = 1) -> Space:
        return self._take(self.apart, self.panels[at], copies)


__all__ = ["Layout", "Space"]
