"""A mend in the words of the line that it mends.

A search works on trees, which know nothing of spaces, brackets and quotes. Comes in a
statement's own text and the new statement; goes out the new one in which all that was
there before stands as its author wrote it: ``dh = (d @ p["W2"].T)*(1 - h)`` becomes
``dh = (d @ p["W2"].T)*(1 - h**2)``, and nothing else of it changes. Both are shown so,
too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product

from clearprop.checking.mend.spelling import rebuilt, smallest_change, spell

MOST = 4  # parts of the old statement that are tried with brackets and without
_SIMPLE = (ast.AnnAssign, ast.Assign, ast.AugAssign, ast.Expr, ast.Return)


def as_written(text: str, new: str, loose: bool = False) -> str:
    """The new statement; what it shares with the old one stays as it is in ``text``.

    ``loose``: the program writes ``h ** 2``, with spaces.
    """
    return _made(text, _loosely(new) if loose else new, loose)


def _loosely(text: str) -> str:
    try:
        return ast.unparse(ast.parse(text))
    except (SyntaxError, ValueError):
        return text


def _made(text: str, new: str, loose: bool) -> str:
    try:
        (old,), (made,) = ast.parse(text).body, ast.parse(new).body
    except (SyntaxError, ValueError):  # or several statements
        return new
    if not isinstance(old, _SIMPLE) or type(old) is not type(made):
        return new
    here, there = smallest_change(old, made)
    if not isinstance(here, ast.expr) or not isinstance(there, ast.expr):
        here, there = old, made
    meant = ast.dump(made)
    for spelled in _spelled(text, here, there, loose):
        whole = _exchanged(text, here, spelled)
        if _dumped(whole) == meant:
            return whole
    return new


def shown(text: str, node: ast.AST) -> str:
    """A part of a program as it stands in its text, on one line."""
    plain = ast.unparse(node)
    segment = ast.get_source_segment(text, node) or plain
    if "#" in segment:
        return plain
    line = " ".join(part.strip() for part in segment.splitlines())
    return line if _dumped(line) == _dumped(plain) else plain


def _spelled(text: str, here: ast.AST, there: ast.AST, loose: bool) -> Iterator[str]:
    """A tree as text, parts of the old one as they stand there; with fewer brackets."""
    old = {
        ast.dump(node): node
        for node in ast.walk(here)
        if isinstance(node, ast.expr) and not isinstance(node, ast.Name)
    }
    kept: dict[str, str] = {}

    def part(node: ast.AST) -> ast.AST | None:
        same = old.get(ast.dump(node))
        if same is None or (segment := ast.get_source_segment(text, same)) is None:
            return None
        name = f"kept_{len(kept)}_"
        kept[name] = segment
        return ast.Name(name, ast.Load())

    tree = rebuilt(there, part)
    made = ast.unparse(tree) if loose else spell(tree)
    for brackets in sorted(product((0, 1), repeat=min(len(kept), MOST)), key=sum):
        inner = made
        more = [1] * (len(kept) - len(brackets))
        for (name, segment), within in zip(kept.items(), [*brackets, *more]):
            inner = inner.replace(name, f"({segment})" if within else segment)
        yield inner
        yield f"({inner})"


def _exchanged(text: str, node: ast.AST, new: str) -> str:
    """A text in which something else stands for a node of its tree."""
    segment = ast.get_source_segment(text, node)
    assert segment is not None
    lines = text.encode().splitlines(keepends=True)
    before = b"".join(lines[: node.lineno - 1])  # type: ignore[attr-defined]
    at = len(before) + node.col_offset  # type: ignore[attr-defined]
    whole = text.encode()
    return (whole[:at] + new.encode() + whole[at + len(segment.encode()) :]).decode()


def _dumped(text: str) -> str:
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return ""
    return ast.dump(statement)


__all__ = ["as_written", "shown"]
