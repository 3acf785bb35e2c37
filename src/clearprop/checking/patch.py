"""The mends of a report as text: the program with them in place, and a patch.

Comes in a report whose findings hold changes of lines; goes out the mended program, the
unified diff that ``patch -p0`` and ``git apply`` take, or the file as it should stand
on disk: its line endings, its encoding and, in a notebook, everything but the mended
lines are as they were.
"""

from __future__ import annotations

import ast
import codecs
import difflib
import io
import json
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from clearprop.checking.report import Change, Finding, Report
from clearprop.errors import ClearpropError, SourceError

# Lines as Python counts them: str.splitlines() would also break at a form feed.
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_WRITERS: tuple[dict[str, Any], ...] = tuple(
    {"indent": indent, "ensure_ascii": ascii}
    for indent in (1, 2, 4, "\t", None)
    for ascii in (False, True)
)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file as it is and as it should be, and the encoding of both."""

    before: str
    after: str
    encoding: str

    @property
    def content(self) -> bytes:
        return self.after.encode(self.encoding)


def mendable(report: Report) -> list[Finding]:
    """The findings that can be mended at once; of two that overlap, the first."""
    chosen: list[Finding] = []
    for finding in report.findings:
        taken = [change for other in chosen for change in other.changes]
        clash = any(
            new != old and _overlap(new, old)
            for new in finding.changes
            for old in taken
        )
        if finding.changes and not clash:
            chosen.append(finding)
    return chosen


def mends(report: Report) -> list[Change]:
    """The changes of the program's lines that mend what can be mended at once."""
    found = [change for finding in mendable(report) for change in finding.changes]
    return list(dict.fromkeys(found))  # two lines may need the same copy above them


def mended(text: str, changes: Iterable[Change]) -> str:
    """A text with its lines changed; new lines end as those around them do."""
    lines = _LINES.findall(text)
    usual = _ending(lines[0]) if lines and _ending(lines[0]) else "\n"
    for change in sorted(changes, key=lambda c: (c.first, c.last), reverse=True):
        old = lines[change.first - 1 : change.last]
        new = [line + usual for line in change.text.splitlines()]
        if old and new:
            new[-1] = new[-1].removesuffix(usual) + _ending(old[-1])
        if not old and change.first > 1 and not _ending(lines[change.first - 2]):
            lines[change.first - 2] += usual
        lines[change.first - 1 : change.last] = new
    return "".join(lines)


def fixed(report: Report) -> str:
    """The program's text with every mend; a notebook's cells are joined."""
    return mended(report.source, mends(report))


def rewrite(report: Report, path: str) -> Rewrite:
    """What is to be written to the file that was checked.

    Refused where the file is no longer what was checked, or the mends break it.
    """
    try:
        ast.parse(fixed(report))
    except SyntaxError:
        raise ClearpropError(
            f"{path}: the mends don't fit together: make them by hand, one by one"
        ) from None
    raw, encoding = _read(path)
    if path.endswith(".ipynb"):
        return Rewrite(raw, _notebook(report, raw, path), encoding)
    if _plain(raw) != _plain(report.source):
        raise _changed(path)
    return Rewrite(raw, mended(raw, mends(report)), encoding)


def diff(report: Report) -> str:
    """A patch for the file that was checked, or for its text where there is none."""
    if not mends(report):
        return ""
    try:
        made = rewrite(report, report.file)
        before, after = made.before, made.after
    except SourceError:
        before, after = report.source, fixed(report)
    return unified(before, after, report.file)


def unified(before: str, after: str, name: str) -> str:
    """A unified diff of one file."""
    if re.search(r"\s", name):
        name += "\t"  # where a name with spaces ends
    made = difflib.unified_diff(
        _LINES.findall(before), _LINES.findall(after), name, name
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in made
    )


def _overlap(one: Change, other: Change) -> bool:
    """Whether two changes touch the same lines; two insertions at one place do too."""
    if one.first == other.first and one.last == other.last:
        return True
    # what is inserted before a line ends above it
    return one.first <= other.last and other.first <= one.last


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _changed(path: str) -> SourceError:
    return SourceError(f"{path} has changed since it was checked: check it again")


def _read(path: str) -> tuple[str, str]:
    """The text of a file with its own line endings, and its encoding."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise SourceError(f"{path} can't be read: {error.strerror or error}") from None
    encoding = "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError:
        pass
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding), encoding
    except (SyntaxError, UnicodeDecodeError):
        raise _changed(path) from None


def _notebook(report: Report, raw: str, path: str) -> str:
    """The JSON of a notebook with its cells mended, written as it was before."""
    from clearprop.trace.source import read

    if read(path).text != report.source:
        raise _changed(path)
    book = json.loads(raw)
    style = next(
        (w for w in _WRITERS if _written(book, w) == raw.rstrip()), _WRITERS[0]
    )
    cells = _cells(book)
    changes: dict[int, list[Change]] = {}
    for change in mends(report):
        first, number = next(c for c in reversed(report.cells) if c[0] <= change.first)
        here = replace(
            change, first=change.first - first + 1, last=change.last - first + 1
        )
        changes.setdefault(number, []).append(here)
    for number, found in changes.items():
        cell = cells[number - 1]
        key = "source" if "source" in cell else "input"
        code = cell[key]
        text = mended(code if isinstance(code, str) else "".join(code), found)
        cell[key] = text if isinstance(code, str) else _LINES.findall(text)
    return _written(book, style) + raw[len(raw.rstrip()) :]


def _written(book: Any, style: dict[str, Any]) -> str:
    return json.dumps(book, **style)


def _cells(book: Any) -> list[Any]:
    """The cells by their number, as ``trace.source`` counts them."""
    found = book.get("cells")
    if found is None:  # notebooks before 2014
        found = [c for sheet in book["worksheets"] for c in sheet.get("cells", [])]
    return [cell for cell in found if isinstance(cell, dict)]
