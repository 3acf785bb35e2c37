"""Text with a precedence, and lines that fit in 88 columns as ``ruff format`` lays out.

The precedences are Python's own (reference manual, section 6.17), as one commented
table; a spelling never adds a bracket by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WIDTH = 88

COMPARE = 6  # a < b
OR = 7  # a | b
XOR = 8  # a ^ b
AND = 9  # a & b
SUM = 10  # a + b
MATMUL = 11  # a @ b; bracketed inside products, for the reader
PRODUCT = 12  # a * b, a / b, a @ b
UNARY = 13  # -a, ~a
POWER = 14  # a**b
ATOM = 16  # names, numbers, calls, x[i], x.T


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of code and how tightly it binds."""

    code: str
    binds: int = ATOM

    def at(self, level: int) -> str:
        """The code, in brackets where it binds less tightly than ``level``."""
        return self.code if self.binds >= level else f"({self.code})"


_SIMPLE_POWER = re.compile(r"-?[A-Za-z_0-9][A-Za-z_0-9.]*(e[+-]\d+)?\Z")


def infix(operator: str, level: int, a: Text, b: Text) -> Text:
    """``a operator b``; products and sums are chained without brackets."""
    left = a.at(level)
    if operator == "@":  # as tight as * in Python, from the left
        left = a.code if a.binds == MATMUL else a.at(UNARY)
        return Text(f"{left} @ {b.at(UNARY)}", MATMUL)
    if operator in ("+", "*") and b.binds == level and not b.code.startswith("-"):
        # a * (b / c) reads a * b / c; not through // and %, which are other products
        chained = operator == "+" or not _rounds(b)
        right = b.code if chained else f"({b.code})"
    else:
        right = b.at(level + 1)
    if operator == "+" and right.startswith("-"):
        return Text(f"{left} - {right[1:]}", level)
    if right.startswith("-") and level > COMPARE:
        right = f"({right})"
    return Text(f"{left} {operator} {right}", level)


def _rounds(a: Text) -> bool:
    """Whether a product is a quotient rounded down, or its remainder."""
    return re.search(r" (//|%) ", _outside_brackets(a.code)) is not None


def _outside_brackets(code: str) -> str:
    """The code with everything in brackets left out."""
    kept, depth = [], 0
    for char in code:
        depth -= char in ")]}"
        if not depth:
            kept.append(char)
        depth += char in "([{"
    return "".join(kept)


def power(a: Text, b: Text) -> Text:
    """``a**b``, spaced as the formatter does: closed up between simple operands."""
    left = a.at(POWER + 1)
    right = b.at(UNARY)
    tight = bool(_SIMPLE_POWER.match(left) and _SIMPLE_POWER.match(right))
    return Text(f"{left}**{right}" if tight else f"{left} ** {right}", POWER)


def negated(a: Text) -> Text:
    """``-a``."""
    if a.binds == PRODUCT and not a.code.startswith("-") and not _rounds(a):
        return Text(f"-{a.code}", PRODUCT)  # -(a * b) reads -a * b
    # the formatter brackets a power behind a minus: -(x**2)
    return Text(f"-{a.at(ATOM if a.binds == POWER else UNARY)}", UNARY)


def _split_top(code: str, separator: str) -> list[str]:
    """The code cut at a separator wherever no bracket or string is open."""
    parts, depth, start, i, quote = [], 0, 0, 0, ""
    while i < len(code):
        char = code[i]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth == 0 and code.startswith(separator, i):
            parts.append(code[start:i])
            start = i = i + len(separator)
            continue
        i += 1
    parts.append(code[start:])
    return parts


def _operators(code: str) -> list[str]:
    """The code cut before each of its loosest operators, as the formatter breaks it."""
    for group in (
        (" or ",),
        (" and ",),
        (" + ", " - "),
        (" * ", " / ", " @ ", " // ", " % "),
    ):
        pieces = [code]
        for operator in group:
            cut: list[str] = []
            for piece in pieces:
                first, *rest = _split_top(piece, operator)
                cut.append(first)
                cut.extend(f"{operator.strip()} {r}" for r in rest)
            pieces = cut
        if len(pieces) > 1:
            return pieces
    return [code]


def bracketed(head: str, items: list[str], tail: str, indent: int) -> list[str]:
    """``head item, item tail`` on one line, else the items on one, else one a line."""
    pad = " " * indent
    line = f"{pad}{head}{', '.join(items)}{tail}"
    if len(line) <= WIDTH:
        return [line]
    inner = f"{pad}    {', '.join(items)}"
    display = re.search(r"(^|[^\w\])])\($", head) is not None and len(items) > 1
    if (
        len(inner) <= WIDTH
        and head.endswith("(")
        and not display  # a tuple has one item a line
        and not head.startswith(("return {", "def "))
    ):
        return [f"{pad}{head}", inner, f"{pad}{tail}"]
    lines = [f"{pad}{head}"]
    for item in items:
        lines += wrapped(item, indent + 4, ",")
    return [*lines, f"{pad}{tail}"]


def call_parts(code: str) -> tuple[str, list[str], str] | None:
    """A call or a bracketed display, taken apart: its head, its items, its tail."""
    match = re.match(r"(\"[^\"]*\": )?[A-Za-z_]?[\w.]*[(\[{]", code)
    if match is None or code[-1] not in ")]}":
        return None
    depth = 0
    for i, char in enumerate(code):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and i >= match.end() - 1:
            if i != len(code) - 1:
                return None
            break
    inner = code[match.end() : -1]
    return match[0], [s.strip() for s in _split_top(inner, ",") if s.strip()], code[-1]


def unbracketed(code: str) -> str:
    """The code without brackets around the whole of it."""
    call = call_parts(code)
    return code[1:-1] if call is not None and call[0] == "(" else code


def wrapped(code: str, indent: int, tail: str = "") -> list[str]:
    """One item of a bracketed list, broken inside its own brackets where it must be."""
    pad = " " * indent
    if len(pad) + len(code) + len(tail) <= WIDTH:
        return [f"{pad}{code}{tail}"]
    call = call_parts(code)
    if call is not None:
        head, items, end = call
        return bracketed(head, items, end + tail, indent)
    return [f"{pad}{code}{tail}"]


def breaks_well(code: str) -> bool:
    """Whether the formatter would put a long expression in brackets of its own.

    With one operator and a bracket at the end it would break inside that bracket.
    """
    return len(_operators(code)) > 2 or code[-1] not in ")]"


def assignment(target: str, operator: str, code: str, indent: int = 4) -> list[str]:
    """``target = code`` in as few lines as fit."""
    pad = " " * indent
    line = f"{pad}{target} {operator} {code}"
    if len(line) <= WIDTH:
        return [line]
    call = call_parts(code)
    if call is not None:
        head, items, tail = call
        return bracketed(f"{target} {operator} {head}", items, tail, indent)
    if len(pad) + 4 + len(code) <= WIDTH:
        return [f"{pad}{target} {operator} (", f"{pad}    {code}", f"{pad})"]
    body = [f"{pad}    {piece}" for piece in _operators(code)]
    return [f"{pad}{target} {operator} (", *body, f"{pad})"]


def statement(code: str, indent: int = 4) -> list[str]:
    """A statement of its own, such as ``dx[0] += g``, in as few lines as fit."""
    pad = " " * indent
    if len(pad) + len(code) <= WIDTH:
        return [pad + code]
    for operator in ("+=", "-=", "="):
        parts = _split_top(code, f" {operator} ")
        if len(parts) == 2:
            return assignment(parts[0], operator, parts[1], indent)
    return wrapped(code, indent)
