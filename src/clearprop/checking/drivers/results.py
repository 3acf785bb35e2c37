"""Names for what a backward pass returns: ``dx, dw, db``.

In come the names of its return statement, the values that it gave and the forward
values that may be meant; out come names that say whose gradient each is.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.checking.names import likeness, stem
from clearprop.trace.loss import rank

SURE = 0.9


def returned(function: ast.FunctionDef | None) -> list[str]:
    """The names of a function's last return statement; "" where an item has none."""
    found: list[str] = []
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.Return) and node.value is not None:
            value = node.value
            items = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
            names = [_name(item) for item in items]
            if len(names) >= len(found):
                found = names
    return found


def _name(item: ast.expr) -> str:
    if isinstance(item, ast.Dict):
        keys = [k.value for k in item.keys if isinstance(k, ast.Constant)]
        return "grads" if any(stem(k) for k in keys if isinstance(k, str)) else ""
    if isinstance(item, ast.Attribute):
        return item.attr
    if isinstance(item, ast.Subscript) and isinstance(item.slice, ast.Constant):
        return str(item.slice.value) if isinstance(item.slice.value, str) else ""
    return item.id if isinstance(item, ast.Name) else ""


def is_float(value: Any) -> bool:
    """An array, or a number, that a gradient may belong to."""
    return (
        isinstance(value, np.ndarray | np.floating | float)
        and np.asarray(value).dtype.kind == "f"
    )


def is_loss(name: str, value: Any) -> bool:
    """A single number, by its name a loss or without one."""
    return (
        is_float(value)
        and np.size(value) == 1
        and (rank(name) is not None or (not name and np.ndim(value) == 0))
    )


def named(
    said: Sequence[str], values: Sequence[Any], leaves: Mapping[str, Any]
) -> list[str]:
    """A name for each value; ``leaves`` are the forward values by name."""
    said = [*said, *[""] * len(values)][: len(values)]
    if len(values) > 1 and not any(said) and _in_turn(values, leaves):
        return [f"d{leaf}" for leaf in leaves]
    found = ["" for _ in values]
    taken: set[str] = set()
    for test in (_stem, _ending, _shape):
        for i, value in enumerate(values):
            if found[i] or not is_float(value):
                continue
            leaf = next(
                (
                    n
                    for n in leaves
                    if n not in taken and test(said[i], n, value, leaves)
                ),
                None,
            )
            if leaf is not None:
                taken.add(leaf)
                found[i] = said[i] if test is _stem else f"d{leaf}"
    unnamed = [i for i, v in enumerate(values) if is_float(v) and not said[i]]
    if len(taken) < len(leaves) and not all(found[i] for i in unnamed):
        for i in unnamed:  # what fits one of them by its shape may be another's
            found[i] = ""
    plain = "grads" if len(found) == 1 else "grads_{}"
    return [name or said[i] or plain.format(i) for i, name in enumerate(found)]


def _in_turn(values: Sequence[Any], leaves: Mapping[str, Any]) -> bool:
    """Whether each value has the shape of the argument that stands at its place."""
    return len(values) == len(leaves) and all(map(_alike, values, leaves.values()))


def _stem(name: str, leaf: str, value: Any, leaves: Mapping[str, Any]) -> bool:
    word = stem(name) if name else None
    return word is not None and likeness(word, leaf) >= SURE


def _ending(name: str, leaf: str, value: Any, leaves: Mapping[str, Any]) -> bool:
    return name != leaf and name.endswith(leaf) and _alike(value, leaves[leaf])


def _shape(name: str, leaf: str, value: Any, leaves: Mapping[str, Any]) -> bool:
    word = stem(name) if name else None
    known = word is not None and any(likeness(word, n) >= SURE for n in leaves)
    return not known and _alike(value, leaves[leaf])


def _alike(value: Any, leaf: Any) -> bool:
    return is_float(leaf) and np.shape(value) == np.shape(leaf)


def entries(names: Sequence[str], values: Sequence[Any]) -> list[tuple[str, Any]]:
    """Names and values, those of dictionaries one by one: ``grads['W1']`` is dW1."""
    found: list[tuple[str, Any]] = []
    for name, value in zip(names, values):
        if isinstance(value, dict):
            keyed = [(k, v) for k, v in value.items() if isinstance(k, str)]
            found += [
                (k if k.startswith(("d", "grad")) else f"d{k}", v) for k, v in keyed
            ]
        else:
            found.append((name, value))
    return found


def fits(names: Sequence[str], values: Sequence[Any], leaves: Mapping[str, Any]) -> int:
    """1 where every gradient has the shape of its forward value, 0 else, -1: none."""
    known = False
    for name, value in entries(names, values):
        word = stem(name)
        for leaf, forward in leaves.items():
            if word is not None and likeness(word, leaf) >= SURE and is_float(forward):
                known = True
                if np.shape(value) != np.shape(forward):
                    return 0
    return 1 if known else -1


def on_object(thing: Any, variable: str, leaves: Mapping[str, Any]) -> dict[str, str]:
    """Gradients that an object keeps: their names and where they are.

    ``leaves`` are the driver's own arguments by name, which the object may hold.
    """
    parts = dict(vars(thing)) if hasattr(thing, "__dict__") else {}
    params = {n: v for n, v in _entries(parts) if is_float(v) and np.ndim(v)}
    found: dict[str, str] = {}
    for place, value in params.items():
        name = _last(place)
        word = stem(name) or (name if "grad" in place.partition("[")[0] else None)
        if word is None:
            continue
        others = {_last(p): v for p, v in params.items() if p != place}
        for leaf, forward in {**others, **leaves}.items():
            if likeness(word, leaf) >= SURE and np.shape(value) == np.shape(forward):
                found.setdefault(f"d{leaf}", f"{variable}.{place}")
    for i, gradient in enumerate(_listed(parts, "grads")):
        owners = _listed(parts, "params")
        for leaf, forward in leaves.items():
            if i < len(owners) and is_float(gradient) and _equal(owners[i], forward):
                found.setdefault(f"d{leaf}", f"{variable}.grads[{i}]")
    return found


def arrays(thing: Any) -> Mapping[str, Any]:
    """The arrays of an object and of what it is made of."""
    found: dict[str, Any] = {}
    waiting = [("", thing)]
    for place, value in waiting:
        if is_float(value):
            found[place] = value
        elif len(waiting) < 1000:
            items: Any = getattr(value, "__dict__", None) or value
            if isinstance(items, list | tuple):
                items = dict(enumerate(items))
            if isinstance(items, dict):
                waiting += [(f"{place}.{k}", v) for k, v in items.items()]
    return found


def _equal(one: Any, other: Any) -> bool:
    return is_float(one) and np.array_equal(one, other)


def _entries(parts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found = []
    for name, value in parts.items():
        if isinstance(value, dict):
            found += [(f"{name}[{key!r}]", v) for key, v in value.items()]
        else:
            found.append((name, value))
    return found


def _last(place: str) -> str:
    return place.partition("[")[2].strip("]'") or place


def _listed(parts: Mapping[str, Any], name: str) -> list[Any]:
    value = parts.get(name)
    return list(value) if isinstance(value, list | tuple) else []
