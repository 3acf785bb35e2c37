"""A report as plain text for a terminal: a table of lines, with the mends among them.

Comes in a report and how much of it may be told; goes out text in aligned columns, at
most 96 wide, coloured where the caller says that colour is welcome.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from clearprop.checking import rows as words
from clearprop.checking.hint import LINE, MEND, told
from clearprop.checking.report import Report
from clearprop.checking.rows import Details, Row
from clearprop.terminal import painted, seen_width, wrap

COLUMNS = 96
WIDEST = 30  # of the names' column: a longer name pushes its own line only
LABEL = 12  # "you wrote" and the space after it
_OPERATORS = ("+", "-", "*", "/", "@", "//", "if", "else", "and", "or")
_STYLES = {"right": "green", "wrong": "red", "follows": "dim", "unchecked": "dim"}
_VERDICTS = {"right": "green", "wrong": "red", "undecided": "yellow"}


def to_text(report: Report, hint: int = MEND, colour: bool = False) -> str:
    """The whole report, its last line ended."""
    report = _printable(told(report, hint))
    head = painted(words.headline(report), _VERDICTS[report.verdict], colour)
    lines = [f"{painted(report.file, 'bold', colour)}  {head}", ""]
    if report.verdict == "undecided":
        lines += [*wrap(words.reason(report), "  ", "  ", COLUMNS), ""]
    if report.loss:
        lines += _labelled("loss", words.loss(report))
    shown = words.rows(report)
    if hint == LINE and report.verdict != "right":
        shown = [row for row in shown if row.status == "wrong"]
    lines += _table(shown, colour)
    about = [_labelled("note", words.placed(report, note)) for note in report.notes]
    if report.layer:
        about.append(_labelled("sandbox", report.layer))
    if about:
        lines += [
            "",
            *[painted(line, "dim", colour) for part in about for line in part],
        ]
    while not lines[-1].strip():
        lines.pop()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _printable(value: Any) -> Any:
    """A report whose text can't steer a terminal: a program may raise what it likes."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in value)
    if isinstance(value, list | tuple):
        return type(value)(_printable(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        shown = {f.name: _printable(getattr(value, f.name)) for f in fields(value)}
        return replace(value, **shown)
    return value


def _labelled(label: str, text: str) -> list[str]:
    lead = f"  {label:<6} "
    return wrap(text, lead, " " * len(lead), COLUMNS)


def _table(rows: list[Row], colour: bool) -> list[str]:
    """Aligned columns; the function is named where there is more than one."""
    if not rows:
        return []
    places = max(seen_width(row.place) for row in rows)
    names = max(min(seen_width(row.variable), WIDEST) for row in rows) + 4
    several = len({row.function for row in rows}) > 1
    lines: list[str] = []
    function = ""
    for row in rows:
        if several and row.function != function:
            title = f"in {row.function}" if row.function else "in the script"
            lines.append(painted(f"  {title}", "dim", colour))
        function = row.function
        lines += _line(row, places, names, colour)
        for details in row.details:
            lines += _details(details, " " * (places + 4), colour)
    return lines


def _line(row: Row, places: int, names: int, colour: bool) -> list[str]:
    lead = f"  {_padded(row.place, places)}  {_padded(row.variable, names - 2)}  "
    word = f"{row.word:<7} " if len(row.word) <= 7 else f"{row.word}  "
    rest = " " * seen_width(lead + word)
    wrapped = wrap(row.says, lead + word, rest, COLUMNS)
    said = wrapped[0][len(lead) :]
    style = _STYLES[row.status]
    if row.status == "follows":
        return [lead + painted(said, style, colour), *wrapped[1:]]
    rest_of_it = said[len(row.word) :]
    return [lead + painted(row.word, style, colour) + rest_of_it, *wrapped[1:]]


def _details(details: Details, indent: str, colour: bool) -> list[str]:
    """What was written, the mend, why and the numbers, and its code at the end."""
    lines: list[tuple[str, str]] = []  # text, style
    rest = indent + " " * LABEL
    for label, text in details.entries:
        first = f"{indent}{label:<{LABEL}}"
        layout = _sentence if label in ("why", "kind") else _code
        style = "green" if label == "mend" else ""
        lines += [(line, style) for line in layout(text, first, rest)]
    lines += [(line, "") for line in _numbers(details, indent)]
    made = [painted(line, style, colour) for line, style in lines]
    code = f"({details.code})" if details.code else ""
    if lines and code and seen_width(lines[-1][0]) + 6 + len(code) <= COLUMNS:
        made[-1] += f"{' ' * 6}{code}"
    elif code:
        made.append(rest + code)
    return made


def _sentence(text: str, first: str, rest: str) -> list[str]:
    return wrap(text, first, rest, COLUMNS)


def _numbers(details: Details, indent: str) -> list[str]:
    """Yours and the right ones, beside each other or, where they are tables, below."""
    yours, right = details.yours, details.right
    if not yours or not right:
        return []
    first = f"{indent}{'numbers':<{LABEL}}"
    rest = indent + " " * LABEL
    in_one = (" ".join(text.split()) for text in (yours, right))
    line = f"{first}{' where '.join(in_one)} is right"
    if seen_width(line) <= COLUMNS:
        return [line]
    made = _block(yours, f"{first}yours  ", f"{rest}       ")
    return [*made, *_block(right, f"{rest}right  ", f"{rest}       ")]


def _block(text: str, first: str, rest: str) -> list[str]:
    """A printed array, its lines below each other."""
    made: list[str] = []
    for line in text.split("\n"):
        lead = rest if made else first
        if seen_width(lead + line) <= COLUMNS:
            made.append(lead + line)
        else:
            made += wrap(line, lead, rest, COLUMNS)
    return made


def _code(text: str, first: str, rest: str) -> list[str]:
    """Code in lines that fit, each going on with an operator outside brackets."""
    made: list[str] = []
    for line in text.split("\n"):
        current, empty = (rest if made else first), True
        for part in _parts(line):
            joined = current + ("" if empty else " ") + part
            if seen_width(joined) > COLUMNS:
                if not empty:
                    made.append(current)
                    current = rest
                *whole, joined = wrap(part, current, rest + "    ", COLUMNS)
                made += whole
            current, empty = joined, False
        made.append(current)
    return made


def _parts(line: str) -> list[str]:
    """``a * f(b, c) + d`` as [``a``, ``* f(b, c)``, ``+ d``], with its indentation."""
    parts: list[str] = []
    depth = 0
    stripped = line.strip()
    for word in stripped.split(" "):
        if parts and (depth or word not in _OPERATORS):
            parts[-1] += f" {word}"
        else:
            parts.append(word)
        depth += sum(map(word.count, "([{")) - sum(map(word.count, ")]}"))
    indent = line[: len(line) - len(line.lstrip())]
    return [indent + parts[0], *parts[1:]] if parts else [""]


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - seen_width(text), 0)
