"""CSV files: text in, columns of numbers and the target's cells out.

Commas, semicolons or tabs; with a header or without; UTF-8, with or without a byte
order mark. The file is read once, into eight bytes a number: plain lines many at a
time, whatever is quoted, blank or wrong row by row. A cell that can't be a number ends
it, with its row, line and column.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TextIO

import numpy as np

from clearprop.errors import DataError
from clearprop.training.data.columns import UNTRAINED, Trained, Wanted, divided, listed
from clearprop.training.data.table import Table

_SEPARATORS = ",;\t"
_LINES = 1000  # that are read together
# What csv says of a quote that is wrong, and what it means.
_QUOTES = {
    "unexpected end of data": "a cell begins with a quote that is never closed",
    "expected after": "a quote stands inside of a cell: write it twice, or leave it "
    "out",
}
Row = list[str]


def read_csv(
    path: str,
    *,
    features: Wanted | None = None,
    target: Wanted = (),
    header: bool | None = None,
    trained: Trained = UNTRAINED,
) -> Table:
    """The table of a CSV file. Its target is text until a ``Preparation`` takes it.

    ``header``: whether the first row holds names; None: it does where a name that was
    asked for stands in it, or none of its cells is a number. ``trained`` is what a
    network was trained on: without a header, columns are taken in its features' order.
    """
    features = features or trained.names or None
    asked = [name for name in (*(features or ()), *target) if isinstance(name, str)]
    with _opened(path) as file:
        separator = _separator(file)
        file.seek(0)
        line, cells = _first(path, file, separator)
        if header is None:
            header = _is_header(cells, asked)
        names = [cell.strip() for cell in cells] if header else []
        if trained.names and not header:
            features = _in_order(path, len(cells), trained.names)
        elif features is None:
            features = trained.among(len(cells))
        chosen, targets = divided(path, names, len(cells), features, target)
        reader = _Columns(path, separator, names, len(cells), chosen, targets)
        if not header:
            reader.add(line, cells)
        while block := list(islice(file, _LINES)):
            if any('"' in text for text in block):  # a cell may go on after its line
                reader.add_quoted(line, chain(block, file))
            elif not reader.add_plain(line, block):
                reader.add_quoted(line, block)
            line += len(block)
    return reader.table()


@contextmanager
def _opened(path: str) -> Iterator[TextIO]:
    """The file's text; what isn't text, in words."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}): save it "
            "as UTF-8"
        ) from None


def _separator(lines: Iterable[str]) -> str:
    """What stands most often in the first line that isn't blank, outside of quotes."""
    line = next((text for text in lines if not text.isspace()), "")
    return max(_SEPARATORS, key=re.sub('"[^"]*"?', "", line).count)


def _first(path: str, file: TextIO, separator: str) -> tuple[int, Row]:
    """The first row that isn't blank, and the line that it ends on."""
    for line, cells in _rows(path, file, separator):
        if cells:
            return line, cells
    raise DataError(f"{path} is empty: there are no rows")


def _rows(
    path: str, lines: Iterable[str], separator: str, before: int = 0
) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    ended = before
    try:
        for cells in reader:
            ended = before + reader.line_num
            yield ended, cells
    except csv.Error as error:
        said = next((w for part, w in _QUOTES.items() if part in str(error)), error)
        raise DataError(f"{path}, line {ended + 1}: {said}") from None


def _is_header(cells: Row, asked: Sequence[str]) -> bool:
    stripped = [cell.strip() for cell in cells]
    named = [name for name in asked if not is_number(name)]
    if named and any(name in stripped for name in named):
        return True
    if len(set(asked)) > 1 and set(asked) <= set(stripped):  # called 0, 1, 2, …
        return True
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
        separator: str,
        names: Sequence[str],
        width: int,
        features: Sequence[int],
        targets: Sequence[int],
    ) -> None:
        self.path, self.separator = path, separator
        self.names, self.width = names, width
        self.features, self.targets = features, targets
        self.numbers = array("d")
        self.cells: list[tuple[str, ...]] = []
        self.lines = array("q")
        self.blank = 0  # the first blank line

    def add_plain(self, before: int, block: list[str]) -> bool:
        """Take lines without quotes, or none of them if one is out of the ordinary.

        ``before`` is how many lines stand before them.
        """
        separator = self.separator
        count = self.width - 1
        if any(t.count(separator) != count or t.isspace() for t in block):
            return False
        try:
            found = np.loadtxt(
                block, float, None, separator, usecols=self.features, ndmin=2
            )
        except ValueError:
            return False
        if len(found) != len(block):  # it leaves blank lines out
            return False
        self.numbers.frombytes(found.tobytes())
        self.lines.extend(range(before + 1, before + len(block) + 1))
        if self.targets:
            last = self.width - min(self.targets)  # only as many cells as are needed
            rows = (text.rsplit(separator, last) for text in block)
            self.cells += [
                tuple(row[i - self.width].strip() for i in self.targets) for row in rows
            ]
        return True

    def add_quoted(self, before: int, lines: Iterable[str]) -> None:
        """Take rows as ``csv`` finds them."""
        for line, cells in _rows(self.path, lines, self.separator, before):
            if not cells:
                self.blank = self.blank or line
            elif self.blank and self.width == 1:  # it would be an empty cell
                raise DataError(f"{self.path}, line {self.blank}: the line is empty")
            else:
                self.add(line, cells)

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
        return self.names[i] if self.names and self.names[i] else str(i + 1)

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
    hint = ": write decimals with a point, thousands without a comma"
    return f"{shown!r} is not a number" + (hint if comma else "")


def _count(cells: int) -> str:
    return f"{cells} cell" + ("" if cells == 1 else "s")


__all__ = ["is_number", "no_number", "read_csv"]
