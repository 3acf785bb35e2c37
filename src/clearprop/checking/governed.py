"""Which of several stated losses moves a weight: a GAN has two, an actor-critic too.

Comes in a reading with its updates and the losses of the best name. Where some weights
are always moved after one of these losses and others always after another, each has its
own; where not, the losses are parts or reports of one, and nothing goes out.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clearprop.checking.as_given import learned_by
from clearprop.graph import Node
from clearprop.trace.result import Binding

if TYPE_CHECKING:
    from clearprop.checking.reading import Reading

Place = tuple[str, str]


def place_of(binding: Binding) -> Place:
    """What a binding gave a name to, and in which function."""
    return binding.place, binding.function


def governed(reading: Reading, losses: Sequence[Binding]) -> dict[Node, Place]:
    """For each weight the place of its loss, if they have several."""
    if len({place_of(b) for b in losses}) < 2:
        return {}
    serials = [b.serial for b in losses]
    found: dict[Node, Place] = {}
    for update in reading.updates:
        at = bisect(serials, update.binding.serial)
        if not at:
            return {}
        last = losses[at - 1]
        if update.leaf not in reading.inputs_of(last.node):
            return _divided(reading, losses)
        if found.setdefault(update.leaf, place_of(last)) != place_of(last):
            return {}
    return found if len(set(found.values())) > 1 else _divided(reading, losses)


def _divided(reading: Reading, losses: Sequence[Binding]) -> dict[Node, Place]:
    """The same for losses that stand together, before what they move.

    Each weight has to be learned by one of them alone: an actor's loss weighs with
    the critic's advantage, which counts as given there.
    """
    found: dict[Node, Place] = {}
    last = {place_of(b): b for b in losses}
    for place, binding in last.items():
        for leaf in learned_by(reading, binding.node):
            if leaf in found:
                return {}
            found[leaf] = place
    moved = {u.leaf for u in reading.updates}
    return found if found.keys() >= moved and len(set(found.values())) > 1 else {}
