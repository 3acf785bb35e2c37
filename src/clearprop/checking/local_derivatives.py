"""Lines that owe the derivative of one forward value by another: ``d_h2_d_w4``.

Such a line is a factor of its chain, and no gradient of the loss: what it owes is the
gradient of the one over that of the other. Comes in: the marks that wrong outcomes come
from. Goes out: every line whose name says between which two values it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from clearprop.checking.marks import Marked
from clearprop.checking.names import likeness
from clearprop.checking.need import Item
from clearprop.checking.reading import Reading
from clearprop.checking.replays import Scene
from clearprop.checking.terms import alike
from clearprop.checking.trial import Arrays, Blame, target_text
from clearprop.graph import Node
from clearprop.trace.loss import identifier

LOCAL = "local"  # what such a blame is
NAMED = 0.9  # as alike, a part of the name is the name of a value


def local_derivatives(
    reading: Reading, scene: Scene, groups: Mapping[tuple[int, Item], Sequence[Marked]]
) -> Iterator[Blame]:
    """Every line that may owe what its name says, ``dA_dB``."""
    called: dict[str, list[Node]] = {}
    for binding in reading.log:
        if binding.node in scene.gradient and binding.serial <= scene.step.last:
            nodes = called.setdefault(identifier(binding.place), [])
            if binding.node not in nodes:
                nodes.append(binding.node)
    for (site, item), group in groups.items():
        place = identifier(target_text(reading.observed.sites[site].statement))
        if len(group) > 1 or item is not None:
            continue
        for above, below in _said(place):
            for outer in _nodes(called, above):
                for inner in _nodes(called, below):
                    values = _derivative(scene, outer, inner)
                    node = group[0].node
                    if values is not None and alike(values[0].shape, node.shape):
                        values = [a.reshape(node.shape) for a in values]
                        yield Blame(
                            site, item, {node: values}, f"d {above} / d {below}",
                            kind=LOCAL,
                        )  # fmt: skip


def _said(name: str) -> Iterator[tuple[str, str]]:
    """The two values that a name may speak of: ``h``, ``z`` of ``dh_dz``."""
    if not name.startswith("d"):
        return
    for at in range(2, len(name) - 1):
        above, below = name[1:at].strip("_"), name[at + 1 :].strip("_")
        if name[at] == "d" and above and below:
            yield above.removesuffix("_by"), below


def _nodes(called: Mapping[str, list[Node]], word: str) -> list[Node]:
    """The forward values that have a name."""
    return [
        node
        for name, nodes in called.items()
        if likeness(word, name) >= NAMED
        for node in nodes
    ]


def _derivative(scene: Scene, outer: Node, inner: Node) -> Arrays | None:
    """How a value changes with another that the loss reads through it only.

    Of arrays it is known where each entry is made of one.
    """
    above, below = (scene.values(scene.gradient[n]) for n in (outer, inner))
    if outer.index <= inner.index or (outer.shape and outer.shape != inner.shape):
        return None
    with np.errstate(all="ignore"):
        found = [b / a for a, b in zip(above, below)]
    return found if all(np.isfinite(a).all() for a in found) else None
