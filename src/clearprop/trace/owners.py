"""Labels that tell arrays of a script apart: ``net.layers[0].W``, not ``self.W`` twice.

Every layer of a class makes its own ``self.W``, every turn of a loop its own ``W``. A
label that stands for several leaves is replaced: by the way to the object that holds
the array, from the program's variables; else by the object's class and a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from clearprop.graph import Node
from clearprop.trace.leaves import Made, attributes

_DEEP = 4
_MANY = 1000


def distinct(
    made: Sequence[Made], owners: Mapping[Node, Any], namespace: Mapping[str, Any]
) -> dict[Node, str]:
    """New labels for leaves that share theirs with another one."""
    counts = Counter(m.label for m in made)
    shared = [m for m in made if counts[m.label] > 1]
    if not shared:
        return {}
    taken, given = set(counts), set[str]()
    ways = _ways(namespace, {id(owners[m.node]) for m in shared if m.node in owners})
    kinds: dict[str, list[int]] = {}
    found: dict[Node, str] = {}
    numbers: dict[str, int] = {}  # the next one to try: a loop makes thousands
    for m in shared:
        if m.node in owners:
            owner = owners[m.node]
            kind = type(owner).__name__.lower()
            same = kinds.setdefault(kind, [])
            if id(owner) not in same:
                same.append(id(owner))
            number = same.index(id(owner)) + 1
            way = ways.get(id(owner), f"{kind}_{number}")
            label = way + m.label[len(_root(m.label)) :]
        else:
            label = m.label
        plain = label
        while label in given or (label in taken and label != m.label):
            number = numbers.get(plain, 2)
            label = f"{plain}_{number}"
            numbers[plain] = number + 1
        found[m.node] = label
        given.add(label)
    return found


def owner_of(label: str, scope: Mapping[str, Any]) -> Any:
    """The object that ``self.W`` hangs on, or None for a plain variable."""
    return None if label.isidentifier() else scope.get(_root(label))


def _root(label: str) -> str:
    return label.partition("[")[0].partition(".")[0]


def _ways(namespace: Mapping[str, Any], wanted: set[int]) -> dict[int, str]:
    """The shortest way to each object from the program's variables."""
    found: dict[int, str] = {}
    level = [(name, v) for name, v in namespace.items() if not name.startswith("_")]
    seen: set[int] = set()
    for _ in range(_DEEP):
        below = []
        for way, value in level[:_MANY]:
            if id(value) in seen:
                continue
            seen.add(id(value))
            if id(value) in wanted:
                found[id(value)] = way
            below += [(way + step, part) for step, part in _parts(value)]
        level = below
    return found


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list | tuple):
        yield from ((f"[{i}]", part) for i, part in enumerate(value[:_MANY]))
    elif isinstance(value, dict):
        yield from (
            (f"[{key!r}]", part)
            for key, part in value.items()
            if isinstance(key, str | int)
        )
    elif not isinstance(value, ModuleType | type | np.ndarray | FunctionType):
        yield from ((f".{name}", part) for name, part in attributes(value))
