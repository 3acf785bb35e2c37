"""What a program moves before its loss has read it: a state of the forward pass.

A simulation moves ``x`` and ``v`` from one moment to the next, and only then a loss
reads where they went; a weight is moved again after a loss, or an error, has read it.
Both look alike until then. In come the bindings of a run and the moves that were found
in them; out comes which of the moved leaves are states.
"""

from __future__ import annotations

from clearprop.graph import Node, ordered
from clearprop.trace.loss import identifier, is_error, rank
from clearprop.trace.result import Binding

STEPS = 2  # moves by one line: more of them unread, and it may be a simulation
AHEAD = 3000  # bindings that a simulation may run before what it gives is compared


class Unread:
    """Losses and errors in their turn, and whether they have read what is moved."""

    def __init__(self) -> None:
        self._said: list[Node] = []
        self._looked: dict[Node, int] = {}  # leaf -> how many of them don't read it
        self._learned: set[Node] = set()  # moved after a loss or an error has read it
        self._moves: dict[tuple[int, Node], int] = {}
        self._waiting: dict[Node, Node] = {}  # leaf -> what it was moved to, unread
        self._begun: int | None = None

    def met(self, binding: Binding) -> None:
        """Look at a binding in its turn."""
        place, node = binding.place, binding.node
        name = binding.function if place == "return" else identifier(place)
        promises = rank(name) is not None or is_error(name)
        if promises and node.is_float and node.inputs:
            self._said.append(node)

    def moved(self, leaf: Node, node: Node, binding: Binding) -> None:
        """A leaf was moved."""
        if leaf in self._learned or self._is_read(leaf):
            self._learned.add(leaf)
            return
        spot = binding.line, leaf
        self._moves[spot] = self._moves.get(spot, 0) + 1
        if self._moves[spot] > STEPS:
            self._waiting[leaf] = node
            if self._begun is None:
                self._begun = binding.serial

    def waits(self, leaf: Node, binding: Binding) -> bool:
        """Whether it is too early to tell what a leaf is."""
        if leaf in self._learned or self._begun is None:
            return False
        return binding.serial - self._begun < AHEAD

    def states(self) -> frozenset[Node] | None:
        """The moved leaves that are no weights; None where it can't be told.

        A loss reads them after their last move, and something else is learned.
        """
        if not self._waiting:
            return frozenset()
        known = self._learned.isdisjoint(self._waiting) and bool(self._learned)
        if known and all(map(self._is_read, self._waiting)):
            return frozenset(self._waiting)
        return None

    def _is_read(self, leaf: Node) -> bool:
        """Whether a loss or an error depends on a leaf."""
        first = self._looked.get(leaf, 0)
        for i, node in enumerate(self._said[first:], first):
            if leaf in ordered([node]):
                return True
            self._looked[leaf] = i + 1
        return False
