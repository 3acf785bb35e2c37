"""CSV files: text in, columns of numbers and the target's cells out.

Commas, semicolons or tabs; with a header or without; UTF-8, with or without a byte
order mark. The file is read once, row by row, into eight bytes a number. A cell that
can't be a number ends it, with its row, line and column.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

import numpy as np

from clearprop.errors import DataError
from clearprop.training.data.columns import Wanted, divided, listed
from clearprop.training.data.table import Table

_SEPARATORS = ",;\t"
Row = list[str]
HeaderTest = Callable[[Row], bool]


def read_csv(
    path: str,
    *,
    features: Wanted | None = None,
    target: Wanted = (),
    header: bool | None = None,
    trained: Sequence[str] = (),
) -> Table:
    """The table of a CSV file. Its target is text until a ``Preparation`` takes it.

    ``header``: whether the first row holds names; None: it does where a name that was
    asked for stands in it, or none of its cells is a number. ``trained`` are the names
    of a network's features: without a header, the columns are taken in their order.
    """
    features = features or trained or None
    asked = [name for name in (*(features or ()), *target) if isinstance(name, str)]
    with _rows(path) as rows:
        first = next(rows, None)
        if first is None:
            raise DataError(f"{path} is empty: there are no rows")
        line, cells = first
        if header is None:
            header = _is_header(cells, asked)
        names = [cell.strip() for cell in cells] if header else []
        if trained and not header:
            features = _in_order(path, len(cells), trained)
        chosen, targets = divided(path, names, len(cells), features, target)
        reader = _Columns(path, names, len(cells), chosen, targets)
        if not header:
            reader.add(line, cells)
        for line, cells in rows:
            reader.add(line, cells)
    return reader.table()


def _is_header(cells: Row, asked: Sequence[str]) -> bool:
    stripped = [cell.strip() for cell in cells]
    named = [name for name in asked if not is_number(name)]
    if named and any(name in stripped for name in named):
        return True
    if asked and len(asked) > len(named):  # columns called 0, 1, 2, …
        return len(set(asked)) > 1 and set(asked) <= set(stripped)
    return not any(map(is_number, stripped))


def _in_order(path: str, width: int, trained: Sequence[str]) -> list[int]:
    if width != len(trained):
        raise DataError(
            f"{path} has {width} columns and no header, the network takes "
            f"{len(trained)}: {listed(trained)}"
        )
    return list(range(1, width + 1))


class _Columns:
    """Numbers and target cells, growing row by row."""

    def __init__(
        self,
        path: str,
        names: Sequence[str],
        width: int,
        features: Sequence[int],
        targets: Sequence[int],
    ) -> None:
        self.path, self.names, self.width = path, names, width
        self.features, self.targets = features, targets
        self.numbers = array("d")
        self.cells: list[tuple[str, ...]] = []
        self.lines = array("q")

    def add(self, line: int, cells: Row) -> None:
        if len(cells) != self.width:
            raise DataError(
                f"{self._place(line)}: {_count(len(cells))}, where the first row has "
                f"{self.width}"
            )
        wanted = [cells[i] for i in self.features]
        before = len(self.numbers)
        try:
            self.numbers.extend(map(float, wanted))
        except ValueError:
            del self.numbers[before:]
            self._refuse(line, cells)
        if "_" in "".join(wanted):  # float("1_000") is Python's own taste
            self._refuse(line, cells)
        if self.targets:
            self.cells.append(tuple(cells[i].strip() for i in self.targets))
        self.lines.append(line)

    def _refuse(self, line: int, cells: Row) -> None:
        """Say which cell it is that is no number."""
        for i in self.features:
            if not is_number(cells[i]):
                where = f"{self._place(line)}, column {self._name(i)}"
                raise DataError(f"{where}: {no_number(cells[i])}{self._hint(line)}")

    def _place(self, line: int) -> str:
        return f"{self.path}, row {len(self.lines) + 1} (line {line})"

    def _hint(self, line: int) -> str:
        if self.lines or self.names:
            return ""
        return " (header: say so if the first row holds names)"

    def _name(self, i: int) -> str:
        return self.names[i] if self.names else str(i + 1)

    def table(self) -> Table:
        if not self.lines:
            raise DataError(f"{self.path} has no rows below its header")
        shape = len(self.lines), len(self.features)
        target = None
        if self.targets:
            cells = np.array(self.cells, dtype=np.str_)
            target = cells[:, 0] if len(self.targets) == 1 else cells
        named = [self._name(i) for i in self.targets]
        return Table(
            self.path,
            np.frombuffer(self.numbers, dtype=float).reshape(shape),
            tuple(self.names[i] for i in self.features) if self.names else (),
            target,
            tuple(named),
            np.frombuffer(self.lines, dtype=np.int64),
        )


def is_number(text: str) -> bool:
    """Whether a cell is a number; ``nan`` is one, and refused with its own word."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def no_number(text: str) -> str:
    """What is wrong with a cell that should have been a number."""
    if not text.strip():
        return "the cell is empty: fill it in, or leave the row out"
    shown = text if len(text) <= 30 else f"{text[:30]}…"
    comma = text.count(",") == 1 and is_number(text.replace(",", "."))
    return f"{shown!r} is not a number" + (": write a decimal point" if comma else "")


def _count(cells: int) -> str:
    return f"{cells} cell" + ("" if cells == 1 else "s")


@contextmanager
def _rows(path: str) -> Iterator[Iterator[tuple[int, Row]]]:
    """The rows that aren't blank, each with its line; every failure in words."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            yield _read(path, file)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}): save it "
            "as UTF-8"
        ) from None


def _read(path: str, file: TextIO) -> Iterator[tuple[int, Row]]:
    head = file.readline()
    file.seek(0)
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(file, delimiter=separator, strict=True)
    blank = 0
    try:
        for cells in reader:
            if not cells:
                blank = blank or reader.line_num
                continue
            if blank and len(cells) == 1:  # a blank line would be an empty cell
                raise DataError(f"{path}, line {blank}: the line is empty")
            yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}") from None


__all__ = ["is_number", "no_number", "read_csv"]
