"""Lines that are written alike for another weight: ``dW1 = d1.T @ x / m`` has a twin.

Of lines whose mends right as much, the likeliest is the one that its mend makes like
its twin in the same block: what stands there once was to stand here too. Comes in a
program's tree and a statement; go out the forms of its neighbours, without their names.
"""

from __future__ import annotations

import ast
from collections.abc import Set
from difflib import SequenceMatcher

NEAR = 0.6  # as similar, two lines were to be alike
_KEPT = frozenset(("T", "shape", "size"))


def twins(tree: ast.AST, statement: ast.stmt, wrong: Set[int]) -> set[str]:
    """The forms of the lines beside a statement that are nearly like it.

    Lines that are ``wrong`` themselves are no examples.
    """
    own = form(statement)
    parts = own.split()
    found = set()
    for other in _beside(tree, statement):
        if other.lineno in wrong:
            continue
        theirs = form(other)
        if theirs == own:
            return set()  # it has a twin as it is
        if SequenceMatcher(None, parts, theirs.split()).ratio() >= NEAR:
            found.add(theirs)
    return found


def form(statement: ast.stmt) -> str:
    """What a statement does, whatever its places are called."""
    words = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant):
            number = isinstance(node.value, int | float)
            words.append(repr(node.value) if number else "str")
        elif isinstance(node, ast.Attribute) and node.attr in _KEPT:
            words.append(node.attr)
        elif not isinstance(node, ast.expr_context):
            words.append(type(node).__name__)
    calls = [
        ast.unparse(n.func) for n in ast.walk(statement) if isinstance(n, ast.Call)
    ]
    return " ".join([*words, *(call.rpartition(".")[2] for call in calls)])


def _beside(tree: ast.AST, statement: ast.stmt) -> list[ast.stmt]:
    """The other statements of the same block that give a value to something."""
    for node in ast.walk(tree):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(block, list) and any(_is(s, statement) for s in block):
                return [
                    s
                    for s in block
                    if type(s) is type(statement) and not _is(s, statement)
                ]
    return []


def _is(one: ast.AST, other: ast.stmt) -> bool:
    return isinstance(one, ast.stmt) and (one.lineno, one.col_offset) == (
        other.lineno,
        other.col_offset,
    )
