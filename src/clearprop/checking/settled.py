"""Names in functions that keep the one value they get: ``m, H, W, C = x.shape``.

In comes the text of a program, out come such names with the lines that give them their
value. A whole number there is no weight, though another ``W`` is moved elsewhere: what
is moved gets a value more than once, or begins in a function that says so, where only
a size, ``self.V = rng.normal(size=(H, V))``, is none.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from clearprop.trace.literals import is_a_size_in
from clearprop.trace.watcher import is_initial


def settled(tree: ast.Module) -> frozenset[tuple[str, int]]:
    """The names that a function's text sets once, each with its line."""
    return frozenset(
        (name, line)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name != "main"
        for name, line in _set_once(node)
        if not is_initial(node.name) or is_a_size_in(node, name)
    )


def _set_once(function: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    inner = list(ast.walk(function))
    times = Counter(n.arg for n in inner if isinstance(n, ast.arg))
    for node in inner:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            times[node.id] += 1
        elif isinstance(node, ast.Global | ast.Nonlocal):
            times.update(2 * node.names)
    for node in inner:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name) and times[part.id] == 1:
                        yield part.id, node.lineno
