"""Text that fits a terminal: wrapping by what is seen, colour where it is welcome."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import TextIO

COLUMNS = 80
_STYLES = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36",
    "heading": "1;36",
}  # fmt: skip


def welcome(stream: TextIO | None = None) -> bool:
    """Whether colour is welcome: FORCE_COLOR, else a terminal without NO_COLOR."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    stream = stream if stream is not None else sys.stdout
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):
        return False


def painted(text: str, style: str, colour: bool) -> str:
    """Text in a style."""
    if not colour or not style or not text.strip():
        return text
    indent = text[: len(text) - len(text.lstrip())]
    return f"{indent}\x1b[{_STYLES[style]}m{text.lstrip()}\x1b[0m"


def seen_width(text: str) -> int:
    """How many columns a text takes: wide letters take two, combining ones none."""
    if text.isascii():
        return len(text)
    total = 0
    for char in text:
        if unicodedata.combining(char):
            continue
        total += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return total


def wrap(
    text: str, first: str = "", rest: str = "", columns: int = COLUMNS
) -> list[str]:
    """Words in lines that fit; a word that is too long is cut."""
    lines: list[str] = []
    current, empty = first, True
    for word in text.split():
        room = columns - seen_width(current) - (0 if empty else 1)
        if seen_width(word) > room and not empty:
            lines.append(current)
            current, empty = rest, True
            room = columns - seen_width(current)
        while seen_width(word) > room:
            cut = _cut(word, room)
            lines.append(current + word[:cut])
            word, current, empty = word[cut:], rest, True
            room = columns - seen_width(current)
        current += word if empty else f" {word}"
        empty = False
    return [*lines, current.rstrip() if empty else current]


def _cut(word: str, room: int) -> int:
    """How many letters of a word fit in the room: at least one."""
    total = 0
    for i, char in enumerate(word):
        total += seen_width(char)
        if total > room:
            return max(i, 1)
    return len(word)


def block(text: str, indent: str, columns: int = COLUMNS) -> list[str]:
    """Lines kept as they are where they fit, such as a printed matrix."""
    made: list[str] = []
    for line in text.split("\n"):
        if seen_width(indent + line) <= columns:
            made.append(indent + line)
        else:
            made += wrap(line, indent, indent + "  ", columns)
    return made
