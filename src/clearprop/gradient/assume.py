"""Facts about the data that an expert uses, each checked by a line of the written code.

``probs - Y`` is the gradient of softmax with cross-entropy only while the rows of ``Y``
sum to one. Where an argument's rows do in the example, that is assumed, and guarded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.graph import Graph, Node, ValueGuard

# float32 rows of a thousand entries sum to one this closely
CLOSE = 1e-4


class UnitSums:
    """Says which sums of rows are one in the example; keeps the guards that say so."""

    def __init__(self, graph: Graph, values: Mapping[Node, Any]) -> None:
        """``values``: the example's numbers of each floating-point leaf."""
        self.graph = graph
        self.values = values
        self.guards: list[ValueGuard] = []
        self._asked: dict[Any, bool] = {}

    def __call__(self, x: Node, axis: Sequence[int]) -> float | None:
        """1 where the sums of ``x`` along the axes are one, otherwise None."""
        key = (x, tuple(axis))
        if key not in self._asked:
            self._asked[key] = self._holds(x, axis)
            if self._asked[key]:
                self._guard(x, tuple(axis))
        return 1 if self._asked[key] else None

    def _holds(self, x: Node, axis: Sequence[int]) -> bool:
        if x not in self.values or len(axis) != 1:
            return False
        rows = np.asarray(self.values[x], dtype=float)
        if not rows.size or (rows < 0).any() or rows.shape[axis[0]] < 2:
            return False
        return bool(np.abs(rows.sum(axis=axis[0]) - 1).max() <= CLOSE)

    def _guard(self, x: Node, axis: tuple[int, ...]) -> None:
        apply = self.graph.apply
        off = apply("abs", x.sum(axis) - 1.0)
        wrong = apply("gt", off, CLOSE)
        if wrong.ndim:
            wrong = apply("any", wrong, axis=tuple(range(wrong.ndim)), keepdims=False)
        rows = "rows" if axis == (x.ndim - 1,) else "columns"
        message = f"{rows} of {x.params['label']} that sum to one"
        self.guards.append(ValueGuard(wrong, False, None, message))
