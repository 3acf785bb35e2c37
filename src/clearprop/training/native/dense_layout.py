"""Where a dense network's arrays lie in the block of memory that the engine gives.

Everything is in panels (``kernels``): batches, weights with their slots, activations,
errors. What another member of the team may still read, while its owner goes on, has two
places and more.
"""

from __future__ import annotations

from dataclasses import dataclass

from clearprop.training.native.dense import Dense
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
        self, plan: Plan, net: Dense, batch: int, lanes: int, members: int
    ) -> None:
        self.widths, self.lanes = net.widths, lanes
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
        self.x_turns = 1 if not many else 3 if last == 2 else 2
        self.x = self._batch(0, self.x_turns)
        self.w: list[Space] = []
        self.b: list[Space] = []
        for at, n in enumerate(self.widths[:-1], 1):
            rows = -(-n // lanes) * lanes * lanes
            self.w.append(self._take(rows, self.panels[at], self.copies))
            own = self.team if at == last else 1  # of the last bias each has its own
            self.b.append(self._take(lanes, self.panels[at], self.copies * own))
        # another member may still read a layer while the next step begins
        self.h_turns = [2 if many and 0 < at < last - 1 else 1 for at in range(last)]
        self.h = [self._batch(at, self.h_turns[at]) for at in range(1, last)]
        self.z = [self._batch(at) for at in range(1, last)]
        self.d = [self._batch(at, self.team if at == last else 1)
                  for at in range(1, last + 1)]  # fmt: skip
        self.scores = self._batch(last, 2 * self.team if many else 1)
        self.total = self._batch(last, self.team) if many else self.scores
        shared = range(1, last - 1)  # what comes back to them comes in parts
        widest = max(shared, key=lambda at: self.panels[at], default=0)
        self.part_turns = min(len(shared), 2)
        self.parts = self._batch(widest, self.part_turns * self.team if many else 0)

    def _take(self, apart: int, panels: int, copies: int = 1) -> Space:
        space = Space(self.size, apart, apart * panels)
        self.size += copies * space.size
        return space

    def _batch(self, at: int, copies: int = 1) -> Space:
        return self._take(self.apart, self.panels[at], copies)


__all__ = ["Layout", "Space"]
