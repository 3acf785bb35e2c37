"""Predictions: rows in, a network's output or the names of its classes out.

Rows are taken in blocks, so that a memory-mapped file is never in memory at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.training.data.table import Table
from clearprop.training.weights import Weights

_BLOCK = 1 << 20  # entries of the rows that are taken together


def predictions(weights: Weights, table: Table, x: np.ndarray) -> np.ndarray:
    """The network's output for every row, (rows, outputs). Runs the stored source.

    ``x`` are the table's examples, prepared.
    """
    function = weights.function()

    def call(block: np.ndarray, params: Any) -> Any:
        if isinstance(params, Mapping):
            return function(block, **params)
        return function(block, params)

    try:
        blocks = [found for _, found in in_blocks(call, x, weights.params)]
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"{table.source} doesn't fit the network: {weights.predict} fails with "
            f"{type(error).__name__}: {error}"
        ) from error
    found = np.concatenate(blocks)
    return found[:, None] if found.ndim == 1 else found


def in_blocks(
    function: Callable[[np.ndarray, Any], Any], x: np.ndarray, params: Any
) -> Iterator[tuple[int, np.ndarray]]:
    """The output of each block of rows, with the number of its first row."""
    step = max(1, _BLOCK // max(1, x[:1].size))
    for start in range(0, len(x), step):
        rows = x[start : start + step]
        found = np.asarray(function(rows, params))
        if found.ndim == 0 or len(found) != len(rows):
            raise DataError(
                f"the network gives an output of shape {found.shape} for {len(rows)} "
                "rows: there is no prediction for each"
            )
        yield start, found


def chosen(found: np.ndarray) -> np.ndarray:
    """The class of each row: the most probable one; of a single output, above 1/2."""
    if found.ndim == 1 or found.shape[1] == 1:
        return (found.reshape(-1) > 0.5).astype(np.int64)
    indices: np.ndarray = found.argmax(axis=1)
    return indices


__all__ = ["chosen", "in_blocks", "predictions"]
