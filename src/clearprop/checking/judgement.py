"""What is judged, and what came of it: outcomes of one step under one loss.

An outcome is a value that the program stands or falls with: the step of a parameter, or
a gradient that it returns. ``judge`` compares it with the derived gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from clearprop.checking.reading import Update
from clearprop.checking.replays import Match, Scene
from clearprop.checking.stated import Statement
from clearprop.graph import Node
from clearprop.trace.result import Binding

Values = Sequence[np.ndarray]


@dataclass(slots=True)
class Outcome:
    """What one line makes of one parameter, and what the gradient says to it.

    ``kind``: "update" (the parameter is moved), "gradient" (a name or a return says
    that it is one), "stated" (a comment says what it is). ``node`` carries the value
    that is compared: for an update with a linear rule the new value, for Adam and its
    like the gradient inside. ``scaled`` are the values that a norm may have scaled: the
    step itself (None), or what an adaptive rule works on.
    """

    kind: str
    binding: Binding
    of: Node  # the forward value
    node: Node
    update: Update | None = None
    inner: Node | None = None  # the gradient inside an adaptive or clipped update
    lead: Node | None = None  # of a stated claim: what stands before the gradient
    statement: Statement | None = None
    uphill: bool = False
    rule: str = ""
    gates: list[tuple[Node, int]] | None = None  # with the rule's direction
    match: Match | None = None
    powers: tuple[tuple[Node, int], ...] | None = None  # of the named constants
    scale: float = 0.0  # what is left of the factor without them, with its sign
    ratios: tuple[float, ...] = ()  # by replay, where they aren't one constant
    scaled: list[tuple[Node | None, tuple[float, ...]]] = field(default_factory=list)
    decay: float = 0.0  # weight decay that the loss doesn't have
    right: bool = False
    agrees: bool = True  # the factor is the others' too
    replaces: bool = False  # an update that leaves nothing of the weight
    zero: bool = False  # it is zero, as the gradient is
    idle: bool = False  # it is zero, and the gradient isn't
    shape: bool = False  # it has another shape than the parameter

    @property
    def line(self) -> int:
        return self.binding.line


@dataclass(slots=True)
class Judgement:
    """All outcomes of one step under one loss."""

    scene: Scene
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def right(self) -> int:
        return sum(o.right for o in self.outcomes)

    @property
    def whole(self) -> bool:
        return all(o.right for o in self.outcomes)


Read = Callable[[Node], list[np.ndarray]]  # a node's value in every replay


def fits_on(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a step along a gradient of this shape leaves the parameter its own.

    ``b - db`` of (n, 1) and (n,) has n * n entries.
    """
    try:
        shape = np.broadcast_shapes(found, wanted)
    except ValueError:
        return False
    return math.prod(shape) == math.prod(wanted)


def moves(
    scene: Scene, update: Update, read: Read | None = None
) -> list[np.ndarray] | None:
    """How far a parameter was moved, in every replay; None where shapes differ."""
    after = (read or scene.values)(update.after)
    before = scene.values(update.before)
    made = []
    for a, b in zip(after, before):
        if a.shape != b.shape:
            return None
        made.append(a - b)
    return made
