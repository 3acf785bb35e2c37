"""Values that are written down together: ``return loss, {"W": X.T @ d, "b": db}``.

What goes in is an expression; what comes out are its parts, by index or by key, and
those of a part in turn: tuples, lists, dicts, and calls of the program's own records
(``namedtuple``, ``NamedTuple``, ``dataclass``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

_MAKERS = ("namedtuple", "NamedTuple", "dataclass", "make_dataclass")
PLAIN = frozenset(("dict",))


def records(tree: ast.AST) -> frozenset[str]:
    """The names by which a program makes records, whose fields are their arguments."""
    found = set(PLAIN)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            made_by = [*node.bases, *node.decorator_list]
            plain = not any(
                isinstance(n, ast.FunctionDef) and n.name in ("__init__", "__new__")
                for n in node.body
            )
            if plain and any(map(_makes, made_by)):
                found.add(node.name)
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and _makes(node.value)
        ):
            found |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return frozenset(found)


def _makes(node: ast.expr) -> bool:
    """``namedtuple("P", …)``, ``@dataclass(frozen=True)``, ``typing.NamedTuple``."""
    named = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(named).rpartition(".")[2] in _MAKERS


def parts(value: ast.expr) -> dict[int | str, ast.expr]:
    """The several values that an expression writes down, by index, key or keyword."""
    if isinstance(value, ast.Tuple | ast.List):
        return _listed(value.elts)
    if isinstance(value, ast.Dict):
        return {
            key.value: part
            for key, part in zip(value.keys, value.values)
            if isinstance(key, ast.Constant) and isinstance(key.value, int | str)
        }
    if isinstance(value, ast.Call):
        found = _listed(value.args)
        found.update({k.arg: k.value for k in value.keywords if k.arg is not None})
        return found
    return {}


def _listed(values: Iterable[ast.expr]) -> dict[int | str, ast.expr]:
    found: dict[int | str, ast.expr] = {}
    for place, part in enumerate(values):
        if isinstance(part, ast.Starred):
            break
        found[place] = part
    return found


def unpacked_into(value: ast.expr) -> ast.Starred | None:
    """The one argument of a call that holds them all: ``*ws`` of ``Params(*ws)``."""
    if not isinstance(value, ast.Call) or value.keywords or len(value.args) != 1:
        return None
    (given,) = value.args
    return given if isinstance(given, ast.Starred) else None


def part_at(value: ast.expr, path: Iterable[int | str]) -> ast.expr | None:
    """The part that a path of indexes and keys leads to."""
    here: ast.expr | None = value
    for key in path:
        here = parts(here).get(key) if here is not None else None
    return here


def exchange(value: ast.expr, old: ast.expr, new: ast.expr) -> None:
    """Another expression in the place of a part."""
    if isinstance(value, ast.Tuple | ast.List):
        value.elts = [new if e is old else e for e in value.elts]
    elif isinstance(value, ast.Dict):
        value.values = [new if v is old else v for v in value.values]
    elif isinstance(value, ast.Call):
        value.args = [new if a is old else a for a in value.args]
        for keyword in value.keywords:
            keyword.value = new if keyword.value is old else keyword.value


__all__ = ["PLAIN", "exchange", "part_at", "parts", "records", "unpacked_into"]
