"""Values that weights have made and that count as given: advantages, old policies.

A policy gradient is weighed by an advantage, speaks of an action that was drawn from
the policy, ``mean + std * noise``, and a ratio compares a policy with what it was
before: none of them is differentiated (Sutton and Barto 2018, sections 13.5 and 13.7;
Schulman et al. 2017). Their names say so. Comes in a loss; goes out what is called so
in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clearprop.checking.terms import bare
from clearprop.graph import Node, back_to
from clearprop.trace.loss import identifier

if TYPE_CHECKING:
    from clearprop.checking.reading import Reading

_GIVEN = re.compile(
    r"^(norm_?)?(adv(antages?)?|td_?errors?|delta|returns|rewards?_to_go)$"
    r"|^(old|behaviou?r|previous|prev|ref(erence)?)_\w+$|^old$|_(old|ref)$"
    r"|^advantages?_\w+$|_advantages?$"
    r"|^actions?$|^sampled_\w+$",
    re.IGNORECASE,
)


_OF_POLICY = re.compile(r"^(norm_?)?adv|^(old|behaviou?r)(_|$)|_old$", re.IGNORECASE)


def as_given(reading: Reading, loss: Node) -> frozenset[Node]:
    """What a loss is made of that its name says to be given."""
    learned = set(reading.parameters)
    made = set(back_to([loss], reading.versions.keys())) - {loss}
    return frozenset(
        n for n in called_given(reading) & made if reading.inputs_of(n) & learned
    )


def called_given(reading: Reading) -> frozenset[Node]:
    """All that its name says to be given."""
    return frozenset(
        b.node
        for b in reading.log
        if b.place != "return" and _GIVEN.search(identifier(b.place))
    )


def is_of_policy(reading: Reading, held: frozenset[Node]) -> bool:
    """Whether it is no state of a recurrence, as ``prev_layer`` may be."""
    named = {b.node for b in reading.log if _OF_POLICY.search(identifier(b.place))}
    return held <= named


def is_of_advantages(reading: Reading, loss: Node) -> bool:
    """Whether it is the objective of a policy gradient: the more of it the better."""
    made = set(back_to([loss], reading.versions.keys()))
    return any(
        b.node in made and _OF_POLICY.search(identifier(b.place)) for b in reading.log
    )


def with_itself(reading: Reading, loss: Node) -> bool:
    """Whether a value is compared with itself under a name that says it is given.

    ``ratio = p / old`` is of equal values before the first step: both are one node, and
    nothing tells which of them is to be differentiated.
    """
    held = as_given(reading, loss)
    return any(
        n.op.name in ("div", "sub") and held.issuperset(map(bare, n.inputs))
        for n in (back_to([loss], held | reading.versions.keys()) if held else ())
        if len(set(map(bare, n.inputs))) == 1
    )


def learned_by(reading: Reading, loss: Node) -> frozenset[Node]:
    """The weights that a loss is to be descended on with, what is given left aside."""

    def weights(held: frozenset[Node]) -> frozenset[Node]:
        ends = held | reading.versions.keys()
        found = (reading.versions.get(n, n) for n in back_to([loss], ends))
        return frozenset(n for n in found if n in reading.parameters)

    return weights(as_given(reading, loss)) or weights(frozenset())
