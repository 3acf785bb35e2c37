"""Numbers that nobody calls a loss: ``chi2``, ``total``, ``energy``.

Comes in a step of a program that states no loss, out come the single numbers that all
of the moved weights go into, the latest first. Their names promise nothing, so that one
is meant only where everything is its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.checking.losses import Candidate, stated
from clearprop.checking.names import passed_back
from clearprop.checking.reading import Anchor, Reading, Step
from clearprop.graph import back_to, ordered
from clearprop.trace.loss import identifier, is_error
from clearprop.trace.result import Binding

MOST = 3  # of the last numbers of a step


def unnamed(reading: Reading, step: Step) -> list[Candidate]:
    """What a step may descend on besides what its names say."""
    moved = {u.before for u in step.updates}
    if not moved:
        return []
    found: dict[str, Candidate] = {}
    for binding in _numbers(reading, step):
        if binding.place not in found and moved <= set(
            back_to([binding.node], frozenset(step.befores.values()))
        ):
            anchor = Anchor(binding, binding.node, line=binding.line)
            text, where = stated(reading, anchor)
            one = binding.node.reshape(()) if binding.node.dims else binding.node
            found[binding.place] = Candidate(one, text, where, False, binding.place)
        if len(found) == MOST:
            break
    return list(found.values())


def _numbers(reading: Reading, step: Step) -> Iterator[Binding]:
    """Single numbers that are only reported, the latest first.

    What the weights are moved by, such as an output, is no such number.
    """
    used = set(ordered([u.after for u in step.updates]))
    for binding in reversed(reading.log[step.first : step.last + 1]):
        node, name = binding.node, identifier(binding.place)
        one = node.is_float and bool(node.inputs) and all(n == 1 for n in node.shape)
        named = not binding.place.startswith("return")
        plain = named and not passed_back(name) and not is_error(name)
        if one and plain and node not in used:
            yield binding
