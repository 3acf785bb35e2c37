"""The routine that an engine calls: its signature in C, and what it tells of its steps.

What a step tells (the loss, and the values that are recorded) lies in one block of
memory for each dtype, one value after the other, each with an entry for every step: to
ask NumPy for an array and its address takes longer than many steps of a small network.
``Told`` knows where each value lies, for the C that writes and for Python that reads.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from clearprop.training.native.kept import address
from clearprop.training.native.spelling import c_type
from clearprop.training.native.values import Shape
from clearprop.training.plan import Steps

VISIBLE = '__attribute__((visibility("default")))'
SIGNATURE = (
    "int64_t clearprop_run(int64_t steps, const int64_t *batches, const double *rates, "
    "int64_t count, void *const *arrays, void *const *blocks, void *memory)"
)
LOSSES = "double *const losses = blocks[0];"

Record = tuple[str, Shape, np.dtype]  # of one step


class _Place(NamedTuple):
    """Which block, from which entry to which for one step, in which shape."""

    block: int
    start: int
    end: int
    shape: Shape


class Told:
    """Where the losses and the records of some steps lie."""

    def __init__(self, records: Sequence[Record]) -> None:
        """The losses come first, in the first block."""
        self._dtypes = [np.dtype(np.float64)]
        self._sizes = [1]  # of each block, for one step
        self._records = {n: self._place(shape, t) for n, shape, t in records}
        self._pointers = (ctypes.c_void_p * len(self._sizes))()
        self._count = -1
        self._cuts: dict[str, tuple[int, slice, Shape | None]] = {}

    def _place(self, shape: Shape, dtype: np.dtype) -> _Place:
        if dtype not in self._dtypes:
            self._dtypes.append(dtype)
            self._sizes.append(0)
        block = self._dtypes.index(dtype)
        start = self._sizes[block]
        self._sizes[block] += math.prod(shape)
        return _Place(block, start, self._sizes[block], shape)

    def names(self) -> Iterator[str]:
        """The C that names ``losses``, ``record0``, ``record1``, … in the blocks."""
        yield LOSSES
        for k, (block, start, _, _) in enumerate(self._records.values()):
            kind = c_type(self._dtypes[block])
            place = f"({kind} *)blocks[{block}] + {start} * steps"
            yield f"{kind} *const record{k} = {place};"

    def blocks(self, count: int) -> tuple[list[np.ndarray], Any]:
        """Fresh memory for so many steps, and its addresses."""
        blocks = []
        for at, (size, dtype) in enumerate(zip(self._sizes, self._dtypes)):
            block = np.empty(size * count, dtype)
            self._pointers[at] = address(block)
            blocks.append(block)
        return blocks, self._pointers

    def steps(self, blocks: list[np.ndarray], count: int, done: int) -> Steps:
        """The arrays in blocks for ``count`` steps; what the routine said of them."""
        made, ended = min(abs(done), count), done < 0
        if not self._records:
            losses = blocks[0] if made == count else blocks[0][:made]
            return Steps(losses, {}, ended)
        if count != self._count:
            self._cut(count)
        records = {
            name: blocks[at][cut] if shape is None else blocks[at][cut].reshape(shape)
            for name, (at, cut, shape) in self._cuts.items()
        }
        if made < count:
            records = {name: value[:made] for name, value in records.items()}
        return Steps(blocks[0][:made], records, ended)

    def _cut(self, count: int) -> None:
        """Parts of a training are as long as the one before, mostly."""
        self._count = count
        self._cuts = {
            name: (
                block, slice(start * count, end * count),
                (count, *shape) if shape else None,
            )
            for name, (block, start, end, shape) in self._records.items()
        }  # fmt: skip


__all__ = ["LOSSES", "SIGNATURE", "VISIBLE", "Record", "Told"]
