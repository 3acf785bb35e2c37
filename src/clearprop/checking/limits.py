"""Gradients where a value is infinite: ``1 / (1 + np.exp(-z))`` at z = -inf is flat.

Its slope is a 0 times an infinity there, which NumPy calls no number. Comes in what was
computed at one set of inputs; go out the same gradients, in which nothing times
whatever is nothing: what is not passed back has no slope to pass.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import numpy as np

from clearprop.graph import Node, evaluate, ordered


def finite(
    gradients: Iterable[Node], forward: Container[Node], computed: dict[Node, Any]
) -> None:
    """Compute anew, where they are, the gradients that are no numbers."""
    lost = [g for g in gradients if g.is_float and _is_lost(computed[g])]
    for node in ordered(lost):
        if node in forward or not node.is_float or not node.inputs:
            continue
        if node not in computed or not _is_lost(computed[node]):
            continue
        if node.op.name == "mul":
            a, b = (computed[n] for n in node.inputs)
            either = (np.asarray(a) == 0) | (np.asarray(b) == 0)
            computed[node] = np.where(either, 0.0, np.multiply(a, b))
        else:
            del computed[node]
            evaluate([node], {}, computed, rounds=False)


def _is_lost(value: Any) -> bool:
    return bool(np.isnan(value).any())
