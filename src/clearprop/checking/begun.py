"""Names that only say where a weight begins: ``raw`` of ``W = raw / np.sqrt(n)``.

In comes the text of a program and the names that it moves, out come the names of random
draws that are read where a weight gets its first value and nowhere else. The weight is
the leaf then, not what it was made of.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Set

from clearprop.checking.names import stem
from clearprop.trace.loss import identifier
from clearprop.trace.rewrite import place_of

_DRAWN = re.compile(r"(^|\.)(rand(n|om\w*)?|uniform|gauss|\w*normal)$")
_PRINTS = ("print", "pprint", "display")
_PLACES = ast.Name | ast.Attribute | ast.Subscript


def begun(tree: ast.Module, moved: Set[str]) -> frozenset[str]:
    """The draws that are read for nothing but the first values of weights.

    Those are ``moved``, or a name says that it is their gradient.
    """
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    of = {word for n in names if (word := stem(n.id)) is not None}
    shown = {n for part in ast.walk(tree) if _shows(part) for n in ast.walk(part)}
    reads = Counter(
        n.id for n in names if isinstance(n.ctx, ast.Load) and n not in shown
    )
    pairs = _assigned(tree)
    drawn = {t.id for t, v in pairs if isinstance(t, ast.Name) and _is_drawn(v)}
    found: set[str] = set()
    while True:
        used: Counter[str] = Counter()
        for target, value in pairs:
            parts = [n for n in ast.walk(value) if isinstance(n, _PLACES)]
            own = [n.id for n in parts if isinstance(n, ast.Name)]
            if not {identifier(place_of(n)) for n in parts}.isdisjoint(moved | of):
                continue  # a step, or a value that is made of weights
            name = identifier(place_of(target))
            if name in moved | found or (name in of and not drawn.isdisjoint(own)):
                used.update(own)
        new = {n for n, times in used.items() if times == reads[n]} - moved - of
        if new <= found:
            return frozenset(found & drawn)
        found |= new


def _shows(node: ast.AST) -> bool:
    """Whether a statement only prints."""
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func) in _PRINTS


def _assigned(tree: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    return [
        (node.targets[0], node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], _PLACES)
    ]


def _is_drawn(value: ast.expr) -> bool:
    return any(
        isinstance(n, ast.Call) and _DRAWN.search(ast.unparse(n.func))
        for n in ast.walk(value)
    )
