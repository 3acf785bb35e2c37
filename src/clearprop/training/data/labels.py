"""Targets: cells of text or numbers in, what a loss takes out.

Numbers for regression; for classification whole numbers from 0, which are the labels
themselves, or text, whose sorted values are the classes; one-hot rows where they are
asked for. What was found is remembered, so that predictions get their names back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clearprop.errors import DataError
from clearprop.training.data.columns import listed
from clearprop.training.data.table import Table, not_finite
from clearprop.training.data.text import is_number, no_number

KINDS = ("numbers", "classes", "onehot")


@dataclass(frozen=True)
class Labels:
    """How a target is given to the loss.

    ``count`` is the number of classes (0 for numbers); ``names`` are theirs where the
    target was text.
    """

    kind: str
    count: int = 0
    names: tuple[str, ...] = ()

    def of(self, table: Table) -> np.ndarray:
        """The targets of a table: (rows,) or (rows, columns), one-hot (rows, count)."""
        if self.kind == "numbers":
            return numbers(table)
        found = self._indices(table)
        return np.eye(self.count)[found] if self.kind == "onehot" else found

    def named(self, indices: np.ndarray) -> list[str] | list[int]:
        """The labels of classes, as the target had them."""
        if self.names:
            return [self.names[i] for i in indices.tolist()]
        return [int(i) for i in indices.tolist()]

    def _indices(self, table: Table) -> np.ndarray:
        if self.names:
            known = {name: i for i, name in enumerate(self.names)}
            cells = _column(table).tolist()
            for row, cell in enumerate(cells):
                if cell not in known:
                    where = table.place(row, table.target_name())
                    raise DataError(f"{where}: {_unknown(cell, self.names)}")
            return np.array([known[cell] for cell in cells], dtype=np.int64)
        return whole(table, self.count)


def labels_of(table: Table, kind: str, count: int | None = None) -> Labels:
    """What the target of a table is, for a network with ``count`` outputs.

    Raises
    ------
    DataError
        Where a label is out of range or no whole number, where text and numbers are
        mixed, and where there are more classes than outputs.
    """
    if kind not in KINDS:
        raise DataError(f"labels={kind!r} is unknown: use one of {', '.join(KINDS)}")
    if kind == "numbers":
        numbers(table)
        return Labels(kind)
    column = _column(table)
    if column.dtype.kind == "U" and not _all_numbers(table):
        names = tuple(sorted(set(column.tolist())))
        if count is not None and count != len(names):
            raise DataError(
                f"{table.source}, column {table.target_name()}: there are {len(names)} "
                f"classes ({listed(names)}), and {count} outputs: they must be as many"
            )
        return Labels(kind, len(names), names)
    found = whole(table, count)
    return Labels(kind, int(found.max()) + 1 if count is None else count)


def looks_like_classes(table: Table) -> bool:
    """Whether a target is text: then there is nothing else that it could be."""
    target = table.target
    if target is None or target.ndim != 1 or target.dtype.kind != "U":
        return False
    return not is_number(str(target[0]))


def numbers(table: Table) -> np.ndarray:
    """The target as numbers, (rows,) or (rows, columns)."""
    target = _there(table)
    if target.dtype.kind != "U":
        return target
    try:
        if not np.char.find(target, "_").max() >= 0:
            found = target.astype(float)
            if not_finite(found) is None:
                return found
    except ValueError:
        pass
    for (row, *rest), entry in np.ndenumerate(target):
        cell = str(entry)
        if not is_number(cell) or not np.isfinite(float(cell)):
            where = table.place(row, table.target_name(rest[0] if rest else 0))
            if is_number(cell):
                raise DataError(
                    f"{where}: the value is {cell}: fill it in, or leave the row out"
                )
            raise DataError(f"{where}: {no_number(cell)}")
    raise AssertionError("every cell is a finite number")


def whole(table: Table, count: int | None) -> np.ndarray:
    """The target as labels: whole numbers from 0 to below ``count``."""
    _column(table)
    found = numbers(table)
    bad = (found != np.floor(found)) | (found < 0)
    if count is not None:
        bad |= found >= count
    if bad.any():
        row = int(np.argmax(bad))
        value = found[row]
        where = table.place(row, table.target_name())
        if value != np.floor(value):
            raise DataError(
                f"{where}: {value:g} is no label: labels are whole numbers from 0, or "
                "text"
            )
        below = f"from 0 to {count - 1}" if count is not None else "0 or more"
        raise DataError(
            f"{where}: label {value:.0f} is out of range: labels are {below}"
        )
    return found.astype(np.int64)


def _there(table: Table) -> np.ndarray:
    if table.target is None:
        raise DataError(f"{table.source}: say which column is the target")
    return table.target


def _column(table: Table) -> np.ndarray:
    target = _there(table)
    if target.ndim != 1:
        raise DataError(
            f"{table.source}: the target has shape {target.shape}; labels of classes "
            "are one column"
        )
    return target


def _all_numbers(table: Table) -> bool:
    """Whether a target of text holds numbers; some of each is a mistake."""
    cells = _column(table).tolist()
    kinds = [is_number(cell) for cell in cells]
    for row, cell in enumerate(cells):
        if not cell:
            where = table.place(row, table.target_name())
            raise DataError(f"{where}: {no_number(cell)}")
    if all(kinds) or not any(kinds):
        return all(kinds)
    odd = kinds.index(False) if sum(kinds) * 2 >= len(kinds) else kinds.index(True)
    where = table.place(odd, table.target_name())
    held = "numbers" if kinds.count(True) * 2 >= len(kinds) else "text"
    raise DataError(f"{where}: {cells[odd]!r}, where the other labels are {held}")


def _unknown(cell: str, names: Sequence[str]) -> str:
    if not cell:
        return no_number(cell)
    return f"{cell!r} is none of the classes ({listed(names)})"


__all__ = ["KINDS", "Labels", "labels_of", "looks_like_classes", "numbers", "whole"]
