"""The reverse walk: from the loss back to every value it depends on.

Each node's gradient is complete before it is passed on, so the walk goes through the
nodes from the last to the first (Griewank & Walther 2008, chapter 3):
``b = a + a; c = b + b``: a must wait until b's gradient is complete.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from clearprop.errors import DeriveError
from clearprop.gradient.steep import compared, reads
from clearprop.graph import Graph, Node, ordered
from clearprop.ops.elementwise import number_of, origin

# Their slopes are finite for whatever is finite.
_GENTLE = frozenset(
    "add sub neg abs maximum minimum clip where astype broadcast tanh sigmoid relu "
    "sin cos arctan erf softplus".split()
)


def active_nodes(loss: Node, targets: Iterable[Node]) -> list[Node]:
    """The nodes on a way from a target to the loss through floating-point values."""
    active = set(targets)
    below = ordered([loss])
    for node in below:
        if node.is_float and any(n in active for n in node.inputs):
            active.add(node)
    return [n for n in below if n in active]


def firm(g: Node, dtype: np.dtype) -> Node:
    """A gradient that decides its own dtype, where a Python number would not."""
    if not g.weak and g.dtype == dtype:
        return g
    if g.op.name in ("broadcast", "reshape") and g.weak:
        inner = firm(g.inputs[0], dtype)
        return g.graph.apply(g.op.name, inner, **g.params)
    if g.op.name == "const":
        return g.graph.constant(dtype.type(g.params["value"]))
    return g.cast(dtype)


class Chosen:
    """What np.where left out stays out, however steep it is there.

    ``where(z > 0, sqrt(z), 0)``: of an entry that was not chosen 0 comes back, and the
    root's slope there is nan, which 0 times that is too. So the slope is chosen again.
    """

    def __init__(self) -> None:
        self._of: dict[Node, tuple[Node, bool]] = {}  # a gradient -> condition, side

    def kept(self, part: Node, g: Node, node: Node) -> Node:
        """What an elementwise operation passes on of ``g``, 0 where ``g`` is."""
        choice = _choice(g) or self._of.get(g)
        if choice is None or not node.op.elementwise or part.dims != g.dims:
            return part
        condition, first = choice
        if _is_steep(node, condition) and part is not g and _choice(part) != choice:
            sides = (part, 0) if first else (0, part)
            part = node.graph.apply("where", condition, *sides)
        if _choice(part) is None:
            self._of[part] = choice
        return part


def _choice(g: Node) -> tuple[Node, bool] | None:
    """The condition of ``where(condition, a, 0)``, and whether ``a`` comes first."""
    if g.op.name == "where":
        condition, a, b = g.inputs
        if number_of(b) == 0:
            return condition, True
        if number_of(a) == 0:
            return condition, False
    return None


def _is_steep(node: Node, condition: Node) -> bool:
    """Whether the slope may be infinite, or nan, for what the condition compares."""
    if node.op.name in _GENTLE:
        return False
    values = compared(condition)
    return any(
        reads(n, values)
        for n in (node.inputs[1:] if node.op.name == "div" else node.inputs)
        if origin(n).op.name not in ("const", "input")
    )


def gradients(
    graph: Graph,
    loss: Node,
    targets: Iterable[Node],
    ends: frozenset[Node] = frozenset(),
) -> dict[Node, Node]:
    """The gradient of a scalar loss for each node between the targets and the loss.

    The result is in the order of the walk: the loss first. A target that the loss does
    not depend on is absent. At the ``ends`` the walk goes no further back.
    """
    if loss.shape != ():
        raise DeriveError(
            f"the loss has shape {loss.shape}; a gradient needs one number"
        )
    active = active_nodes(loss, targets)
    is_active = set(active)
    total: dict[Node, Node] = {}
    if loss in is_active:
        total[loss] = graph.number(1.0)
    walked: dict[Node, Node] = {}
    chosen = Chosen()
    for node in reversed(active):
        g = total.get(node)
        if g is None:
            continue
        walked[node] = g
        if not node.inputs or node in ends:
            continue
        gradient = node.op.gradient
        if gradient is None:
            raise DeriveError(f"{node.op.name} has no derivative")
        if g.weak and not (node.op.elementwise or node.op.moves):
            g = firm(g, node.dtype)
        parts = gradient(g, node, *node.inputs, **node.params)
        if not isinstance(parts, tuple):
            parts = (parts,)
        for source, part in zip(node.inputs, parts, strict=True):
            if part is None or source not in is_active:
                continue
            if not part.weak and part.dtype != source.dtype:
                part = part.cast(source.dtype)
            part = chosen.kept(part, g, node)
            so_far = total.get(source)
            total[source] = part if so_far is None else so_far + part
    graph.verify(walked.values())
    return walked
