"""Lines that may be written like others: ``dk -= dt * x`` beside ``dc -= dt * v``.

Where nothing says what a line is, its neighbours may: their expressions with the line's
own name, with the line's own number (``W1`` for ``W2``), or with one name for another.
Comes in a program's tree, a statement and the names in scope; go out expressions, those
of the lines whose names are most alike first.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from clearprop.checking.enclosing import function_around
from clearprop.checking.trial import target_text

Names = Mapping[str, tuple[int, ...]]  # in scope, with their shapes
LINES = 10  # whose expressions are tried
MOST = 120  # expressions
LONGEST = 90  # characters of one
_NUMBER = re.compile(r"(?<=[A-Za-z_])\d+\b")
_WORD = re.compile(r"[A-Za-z_]\w*")


def likewise(tree: ast.AST, statement: ast.stmt, names: Names) -> list[str]:
    """Expressions of other lines, as this one may have them."""
    own = target_text(statement)
    found: dict[str, None] = dict.fromkeys(_entries(tree, statement))
    for theirs, value in _lines(tree, statement, own):
        for made in _forms(value, theirs, own, names):
            if len(made) <= LONGEST and "random" not in made:
                found.setdefault(made)
        if len(found) >= MOST:
            break
    return list(found)[:MOST]


def _entries(tree: ast.AST, statement: ast.stmt) -> list[str]:
    """``buffer[k]``, in the loops around a line that go through the keys."""
    loops = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.For)
        and node.lineno < statement.lineno <= (node.end_lineno or 0)
    ]
    keys = {n.id for f in loops for n in ast.walk(f.target) if isinstance(n, ast.Name)}
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Name)
        and node.slice.id in keys
        and isinstance(node.value, ast.Name | ast.Attribute)
    ]
    return list(dict.fromkeys(map(ast.unparse, found)))


def _lines(tree: ast.AST, statement: ast.stmt, own: str) -> list[tuple[str, ast.expr]]:
    """What other lines give to what, the likeliest examples first."""
    around = function_around(tree, statement)
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.Return):
            continue
        if node.lineno == statement.lineno or node.value is None:
            continue
        if isinstance(node.value, ast.Constant | ast.Name | ast.Tuple | ast.Dict):
            continue
        theirs = target_text(node)
        alike = SequenceMatcher(None, own, theirs).ratio()
        near = function_around(tree, node) is around
        far = abs(node.lineno - statement.lineno)
        found.append((-(alike + near), far, theirs, node.value))
    found.sort(key=lambda line: line[:2])
    return [(theirs, value) for _, _, theirs, value in found[:LINES]]


def _forms(value: ast.expr, theirs: str, own: str, names: Names) -> Iterator[str]:
    text = ast.unparse(value)
    there, here = _NUMBER.search(theirs), _NUMBER.search(own)
    if there and here and there[0] != here[0]:
        yield _NUMBER.sub(lambda m: _swapped(m[0], there[0], here[0]), text)
    text = _renamed(text, theirs, own)
    yield text
    yield from _parts(value, theirs, own)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub):
        yield ast.unparse(ast.BinOp(value.right, ast.Sub(), value.left))
    spoken = dict.fromkeys(w for w in _WORD.findall(text) if w in names and w != own)
    for word in spoken:
        for other in names:
            if other not in (word, own) and names[other] == names[word]:
                yield _renamed(text, word, other)


def _parts(value: ast.expr, theirs: str, own: str) -> Iterator[str]:
    """The terms of a sum, and the places that a line speaks of: ``buffer[k]``."""
    for node in ast.walk(value):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            for part in (node.left, node.right):
                if not isinstance(part, ast.Constant | ast.Name):
                    yield _renamed(ast.unparse(part), theirs, own)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
            yield ast.unparse(node)


def _renamed(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w)", lambda _: new, text)


def _swapped(number: str, there: str, here: str) -> str:
    return {there: here, here: there}.get(number, number)
