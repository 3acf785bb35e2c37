"""Scopes of nodes as scopes of numbers, at one replay.

Comes in what a statement's names stood for in the graph, and a way to read a node; goes
out what they would stand for there: arrays, objects with their attributes, and helpers
that read the replay's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from clearprop.checking.marks import Thing, named_tuple
from clearprop.checking.plainly import Plain
from clearprop.checking.replays import OWN
from clearprop.graph import Node


def makers(
    scope: Mapping[str, Any], shared: Set[str], read: Any, plain: Plain
) -> list[Maker]:
    """One for each replay: a helper reads a replay's data, not the program's own."""
    first = Maker(read, plain)
    names = [n for n in scope if n in shared and type(scope[n]) is Node]
    if not names:
        return [first] * OWN
    values = [{n: first.value(scope[n], k) for n in names} for k in range(OWN)]
    return [Maker(read, plain.beside(v)) for v in values]


class Maker:
    """Scopes of nodes become scopes of numbers, at one replay."""

    def __init__(self, read: Any, plain: Plain) -> None:
        self.read = read
        self.plain = plain
        self.memo: dict[tuple[int, int], Any] = {}

    def scope(self, scope: Mapping[str, Any], replay: int) -> dict[str, Any]:
        return {name: self.value(v, replay) for name, v in scope.items()}

    def value(self, value: Any, replay: int) -> Any:
        kind = type(value)
        if kind is Node:
            array = self.read(value)[replay]
            if not value.is_float:
                array = array.astype(value.dtype)
            return array.copy() if array.ndim else array[()].item()
        if kind in (list, tuple):
            return kind(self.value(v, replay) for v in value)
        if kind is dict:
            return {k: self.value(v, replay) for k, v in value.items()}
        if kind is Thing:
            return self._thing(value, replay)
        if kind is np.ndarray:
            return value.copy()
        return self.plain.double(value)

    def _thing(self, thing: Thing, replay: int) -> Any:
        key = id(thing), replay
        if key in self.memo:
            return self.memo[key]
        kind = self.plain.double(thing.kind)
        if named_tuple(thing.kind):
            values = [self.value(part, replay) for part in thing.parts.values()]
            return tuple.__new__(kind, values)
        try:
            made = object.__new__(kind)
        except TypeError:
            return None
        self.memo[key] = made
        for name, part in thing.parts.items():
            try:
                object.__setattr__(made, name, self.value(part, replay))
            except AttributeError:
                continue
        return made
