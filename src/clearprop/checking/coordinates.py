"""One coordinate after the other: ``beta[j] -= rate * grad_j``, the loss anew for each.

Such a step moves one entry, or one row, and leaves the rest for the next steps. In come
a reading and an update; out comes where its weight was moved, if the steps of that line
go through the weight in order. What is chosen by data, as the rows of an embedding are,
comes in no order, and owes the gradient of the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.checking.terms import bare
from clearprop.graph import Node

if TYPE_CHECKING:
    from clearprop.checking.reading import Reading, Update


def coordinate(reading: Reading, update: Update) -> np.ndarray | None:
    """A mask of the entries that this step moves, where others move the rest."""
    mine = _index(update.after)
    if mine is None or bare(update.after).inputs[0] is not update.before:
        return None
    line = update.binding.line
    others = [u for u in reading.updates if u.binding.line == line]
    indices = [_index(u.after) for u in others if u.leaf is update.leaf]
    if len(indices) < 2 or indices != list(range(len(indices))):
        return None
    mask = np.zeros(update.before.shape, dtype=bool)
    mask[mine] = True
    return mask


def _index(node: Node) -> int | None:
    """The i of ``w[i] = …``."""
    store = bare(node)
    key: Any = store.params.get("key") if store.op.name == "setitem" else None
    if key is None or len(key) != 1 or key[0][0] != "int":
        return None
    return int(key[0][1])
