"""A table: one row for each example, the target beside it, and where each cell stands.

What comes in are arrays, memory-mapped ones too, and the names of their columns; what
goes out are the same arrays, uncopied, and the words for a place in them: ``digits.csv,
row 3 (line 4), column label``. Rows count from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clearprop.errors import DataError

_BLOCK = 1 << 22  # entries looked at together: a few tens of megabytes


@dataclass(frozen=True)
class Table:
    """Examples and their targets.

    ``features`` (rows, …) are numbers. ``target`` (rows,) are numbers or text, or
    (rows, columns) numbers; None where there is none. Names are empty where the source
    has none. ``lines`` are those of a text file.
    """

    source: str
    features: np.ndarray
    names: tuple[str, ...] = ()
    target: np.ndarray | None = None
    target_names: tuple[str, ...] = ()
    lines: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.features)

    @property
    def mapped(self) -> bool:
        """Whether the examples stay in their file and are read as they are needed."""
        return is_mapped(self.features)

    def place(self, row: int, column: str = "") -> str:
        """``digits.csv, row 3 (line 4), column label``; ``row`` counts from 0."""
        line = "" if self.lines is None else f" (line {self.lines[row]})"
        return f"{self.source}, row {row + 1}{line}" + (column and f", column {column}")

    def feature_name(self, index: Sequence[int]) -> str:
        """A feature's name, or where it stands in an example: ``3``, ``2,5``."""
        if self.names and len(index) == 1 and self.names[index[0]]:
            return self.names[index[0]]
        return ",".join(str(i + 1) for i in index)

    def target_name(self, column: int = 0) -> str:
        if column < len(self.target_names):
            return self.target_names[column]
        return "target"

    def take(self, rows: np.ndarray | slice) -> Table:
        """Some of the rows. A slice of a memory-mapped array stays in its file."""
        return replace(
            self,
            features=self.features[rows],
            target=None if self.target is None else self.target[rows],
            lines=None if self.lines is None else self.lines[rows],
        )

    def split(self, fraction: float, seed: int) -> tuple[Table, Table]:
        """The rows to train on, and a share held out: drawn by seed.

        The last rows where the table is memory-mapped: drawn ones would be a copy.
        """
        held = round(len(self) * fraction)
        if not 0 < fraction < 1 or not 0 < held < len(self):
            raise DataError(
                f"{fraction:g} of {len(self)} rows can't be held out for validation: "
                "choose a share such as 0.1 that leaves rows on both sides"
            )
        if self.mapped:
            kept = len(self) - held
            return self.take(slice(0, kept)), self.take(slice(kept, None))
        drawn = np.random.default_rng([seed, len(self)]).permutation(len(self))
        return self.take(np.sort(drawn[held:])), self.take(np.sort(drawn[:held]))


def is_mapped(array: np.ndarray) -> bool:
    """Whether an array is, or is a view of, a memory-mapped file."""
    found: object = array
    while isinstance(found, np.ndarray):
        if isinstance(found, np.memmap):
            return True
        found = found.base
    return False


def checked(table: Table) -> Table:
    """The table, if there are rows and every number in it is finite."""
    if len(table) == 0 or table.features.size == 0:
        raise DataError(f"{table.source} has no rows")
    _numeric(table.features, table.source)
    bad = not_finite(table.features)
    if bad is not None:
        row, *index = bad
        where = table.place(row, table.feature_name(index) if index else "")
        raise _missing(where, table.features[bad])
    target = table.target
    if target is None:
        return table
    if len(target) != len(table):
        raise DataError(
            f"{table.source} has {len(table)} rows of features and {len(target)} of "
            f"{table.target_name()}: they must be as many"
        )
    if target.dtype.kind != "U":
        _numeric(target, f"{table.source}, {table.target_name()}")
        bad = not_finite(target)
        if bad is not None:
            column = table.target_name(bad[1] if len(bad) > 1 else 0)
            raise _missing(table.place(bad[0], column), target[bad])
    return table


def not_finite(array: np.ndarray) -> tuple[int, ...] | None:
    """Where the first NaN or infinity is, looked for block by block."""
    if array.dtype.kind != "f":
        return None
    step = max(1, _BLOCK // max(1, array[:1].size))
    for start in range(0, len(array), step):
        good = np.isfinite(array[start : start + step])
        if not good.all():
            first, *rest = np.argwhere(~good)[0]
            return (start + int(first), *map(int, rest))
    return None


def _numeric(array: np.ndarray, source: str) -> None:
    if array.dtype.kind in "fiub":
        return
    kind = {"U": "text", "S": "bytes", "O": "Python objects", "c": "complex numbers"}
    held = kind.get(array.dtype.kind, f"entries of type {array.dtype}")
    raise DataError(f"{source} holds {held}, where numbers are needed")


def _missing(where: str, value: object) -> DataError:
    return DataError(f"{where}: the value is {value}: fill it in, or leave the row out")


__all__ = ["Table", "checked", "is_mapped", "not_finite"]
