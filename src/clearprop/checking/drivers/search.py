"""Finding values with which a program runs: a best-first search over a few choices.

In come slots (an argument each, with the expressions that may fill it) and a way to
try an assignment; out comes the best attempt. What got further in the program is
continued first, by changing one slot at a time; whole layouts are tried before that.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from clearprop.checking.drivers.shapes import LAYOUTS, USUAL_LAYOUTS
from clearprop.checking.patience import Patience

TRIALS = 300
SECONDS = 4.0
MORE = 60  # trials after the first that ran, for one whose shapes fit too
KNOWN = 3  # the level from which on its shapes don't speak against it
WHOLE = 4  # the level at which nothing is left to wish for


@dataclass(frozen=True, slots=True)
class Slot:
    """An argument, or an item of a dictionary that is one."""

    name: str
    options: tuple[str, ...]
    firsts: tuple[int, ...]  # the option that each layout begins with
    key: str = ""


@dataclass(slots=True)
class Attempt:
    """What came of one assignment.

    ``level`` 0: the forward pass failed; 1: it ran; 2: the backward pass ran too;
    3: nothing is known of its shapes; 4: all of them fit. ``text`` is what was run.
    """

    level: int
    reached: int = 0
    text: str = ""
    called: set[str] = field(default_factory=set)
    better: dict[str, str] = field(default_factory=dict)  # what arguments should be
    kept: int = 0  # gradients on the object that have the shape of their value


Assigned = Mapping[tuple[str, str], str]  # (name, key) -> expression
State = tuple[int, ...]  # an option for each slot


def best(
    slots: Sequence[Slot],
    attempt: Callable[[Assigned], Attempt],
    agrees: Callable[[Attempt], bool] | None = None,
) -> Attempt | None:
    """The best attempt; where not even a forward pass ran, the one that came farthest.

    Where its gradients don't agree with its loss, single vectors are tried too: what is
    written for one example may run on several and mean nothing.
    """
    search = _Search(slots, attempt)
    usual = len(USUAL_LAYOUTS)
    search.begin(range(usual))
    search.go_on(TRIALS // 2)
    first = search.found
    search.begin(range(usual, len(LAYOUTS)), surely=True)
    search.go_on(0)
    found = search.found
    if first is not None and found is not None and first.level < found.level < KNOWN:
        found = first  # a backward pass that raises, and in a rare layout doesn't fit
    if found is None:
        return search.farthest
    if agrees is None or found.level < WHOLE or agrees(found):
        return found
    for layout, kind in enumerate(LAYOUTS):
        if "vector" in kind.name and not kind.one:
            other = attempt(search.assigned(search.first(layout)))
            fits = other.level >= WHOLE and other.kept >= found.kept
            if fits and agrees(other):
                return other
    return found


class _Search:
    """The states that were tried, those to go on from, and the best attempt so far."""

    def __init__(
        self, slots: Sequence[Slot], attempt: Callable[[Assigned], Attempt]
    ) -> None:
        self.slots = slots
        self.attempt = attempt
        self.found: Attempt | None = None
        self._cost = 0  # of the best attempt
        self.farthest: Attempt | None = None  # of those that failed
        self._waiting: list[tuple[tuple[int, int, int], int, State]] = []
        self._seen: set[State] = set()
        self._left = TRIALS
        self._patience = Patience(SECONDS)

    def begin(self, layouts: range, surely: bool = False) -> None:
        """Try whole layouts; ``surely``, though no trials should be left."""
        if surely:
            self._left = max(self._left, len(layouts))
        for layout in layouts:
            self._try(self.first(layout), layout)

    def go_on(self, until: int) -> None:
        """Change one slot at a time, while more than ``until`` trials are left."""
        while self._waiting and self._left > until and not self._over:
            (_, _, cost), _, state = heapq.heappop(self._waiting)
            most = max((len(s.options) for s in self.slots), default=0)
            for option in range(most):  # what is likeliest for any slot comes first
                for place, slot in enumerate(self.slots):
                    if option < len(slot.options):
                        other = (*state[:place], option, *state[place + 1 :])
                        self._try(other, cost + 1 + option)

    def first(self, layout: int) -> State:
        """The state that a layout begins with."""
        return tuple(s.firsts[layout] for s in self.slots)

    def assigned(self, state: State) -> Assigned:
        """The expressions of a state."""
        return {(s.name, s.key): s.options[i] for s, i in zip(self.slots, state)}

    @property
    def _over(self) -> bool:
        whole = self.found is not None and self.found.level >= WHOLE
        return whole or self._left <= 0 or self._patience.over

    def _is_better(self, made: Attempt, cost: int) -> bool:
        """Whether it comes farther; of two that raise alike, the more usual one."""
        if self.found is None or made.level != self.found.level:
            return self.found is None or made.level > self.found.level
        return (made.level == 1 and cost < self._cost) or bool(self.found.better)

    def _try(self, state: State, cost: int) -> None:
        if state in self._seen or self._over:
            return
        self._seen.add(state)
        self._left -= 1
        made = self.attempt(self.assigned(state))
        if made.level and self._is_better(made, cost):
            if self.found is None:
                self._left = min(self._left, MORE)
            self.found, self._cost = made, cost
        if not made.level and made.text:
            before = self.farthest.reached if self.farthest is not None else 0
            if made.reached > before:
                self.farthest = made
        order = -made.level, -made.reached, cost
        heapq.heappush(self._waiting, (order, len(self._seen), state))
        if made.better:
            self._try(self._with(state, made.better), cost)

    def _with(self, state: State, better: Mapping[str, str]) -> State:
        """A state with other options for some arguments, where they have these."""
        return tuple(
            slot.options.index(better[slot.key or slot.name])
            if better.get(slot.key or slot.name) in slot.options
            else option
            for slot, option in zip(self.slots, state)
        )
