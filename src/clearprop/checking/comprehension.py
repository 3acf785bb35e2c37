"""One element of a comprehension, as a statement of its own.

``ws = [w - rate * g for w, g in zip(ws, gs)]`` gives several values with one
expression. To search the mend of ``w - rate * g`` the search needs ``w`` and ``g``: the
comprehension is walked to the element that counts, and what was found is put back.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clearprop.checking.need import Edit
from clearprop.checking.records import unpacked_into
from clearprop.trace.rewrite import copied

Made = ast.ListComp | ast.GeneratorExp | ast.DictComp
MOST = 64  # elements that are walked
_NAMELESS = "element__"


def element(statement: ast.stmt) -> ast.Assign | None:
    """The statement that one element would be; None where there is none."""
    made = _comprehension(statement)
    if made is None:
        return None
    value = made.value if isinstance(made, ast.DictComp) else made.elt
    assert isinstance(statement, ast.Assign | ast.Return)
    text = f"{_held(statement, made, value)} = {ast.unparse(value)}"
    (alone,) = ast.parse(text).body
    assert isinstance(alone, ast.Assign)
    return ast.copy_location(alone, statement)


def _held(statement: ast.stmt, made: Made, value: ast.expr) -> str:
    """What the element is the new value of: ``w`` for ``ws = [… for w in ws]``."""
    if not isinstance(statement, ast.Assign):
        return _NAMELESS
    whole = ast.unparse(statement.targets[0])
    loop = made.generators[0]
    sources, names = [loop.iter], [loop.target]
    if isinstance(loop.iter, ast.Call) and isinstance(loop.target, ast.Tuple):
        sources, names = loop.iter.args, loop.target.elts
    for source, name in zip(sources, names):
        if ast.unparse(source) == whole:
            return ast.unparse(name)
    for node in ast.walk(value):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == whole:
            return ast.unparse(node)
    return _NAMELESS


def inside(
    statement: ast.stmt, scope: Mapping[str, Any], item: int | str
) -> dict[str, Any] | None:
    """The scope at one element of the comprehension."""
    made = _comprehension(statement)
    if made is None:
        return None
    loop = made.generators[0]
    names = dict(scope)
    try:
        for at, one in enumerate(_evaluated(loop.iter, names)):
            if at >= MOST:
                return None
            found = {**names, **_bound(loop.target, one)}
            key: Any = at
            if isinstance(made, ast.DictComp):
                key = _evaluated(made.key, found)
            if key == item:
                return found
    except Exception:
        return None
    return None


def whole(statement: ast.stmt, edit: Edit) -> Edit | None:
    """The edit of an element as an edit of the statement."""
    try:
        (changed,) = ast.parse(edit.statement).body
    except SyntaxError:
        return None
    if not isinstance(changed, ast.Assign):
        return None
    copy = copied(statement)
    made = _comprehension(copy)
    if made is None:
        return None
    if isinstance(made, ast.DictComp):
        made.value = changed.value
    else:
        made.elt = changed.value
    return replace(edit, statement=ast.unparse(copy))


def _comprehension(statement: ast.stmt) -> Made | None:
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        kind = value.func.id
        each = unpacked_into(value)
        if each is not None and kind[0].isupper():  # Params(*(… for …))
            value = each.value
        elif kind in ("tuple", "list") and len(value.args) == 1:
            value = value.args[0]
    if not isinstance(value, Made):
        return None
    if len(value.generators) != 1 or value.generators[0].ifs:
        return None
    return value


def _evaluated(node: ast.expr, scope: dict[str, Any]) -> Any:
    tree = ast.fix_missing_locations(ast.Expression(copied(node)))
    return eval(compile(tree, "<clearprop>", "eval"), scope)


def _bound(target: ast.expr, value: Any) -> dict[str, Any]:
    if isinstance(target, ast.Name):
        return {target.id: value}
    assert isinstance(target, ast.Tuple | ast.List)
    found: dict[str, Any] = {}
    for part, one in zip(target.elts, value, strict=True):
        found.update(_bound(part, one))
    return found
