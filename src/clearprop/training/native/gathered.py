"""Rows that stay in their file and don't lie in a row there, as C wants them.

A .npy whose last column is the target gives features with a gap after each row. C reads
rows without gaps; all of them together may be larger than memory. So the rows of some
steps at a time are put next to each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clearprop.training.data.table import is_mapped
from clearprop.training.native.arrays import as_is
from clearprop.training.plan import Plan

# Rows are gathered for so many bytes at once.
_BYTES = 1 << 22


def scattered(plan: Plan) -> set[int]:
    """Which inputs are to be gathered, where batches take rows."""
    if plan.batch_size is None:
        return set()
    return {
        i
        for i, given in enumerate(plan.inputs)
        if given.by_row
        and is_mapped(given.value)
        and not (
            given.value.flags.c_contiguous
            and given.value.dtype == given.leaf.node.dtype
        )
    }


def steps_at_once(plan: Plan, rows: int) -> int:
    """For how many steps of so many rows."""
    row: int = sum(i.value[:1].nbytes for i in plan.inputs if i.by_row)
    return max(1, _BYTES // max(1, row * rows))


def gathered(
    plan: Plan, rows: np.ndarray, inputs: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """The inputs with these rows alone, one after the other."""
    return [
        as_is(array[rows.ravel()], given.leaf.node.dtype) if given.by_row else array
        for given, array in zip(plan.inputs, inputs)
    ]


__all__ = ["gathered", "scattered", "steps_at_once"]
