"""Marks: the value of every statement of a backward pass, kept apart from equal ones.

Equal nodes are shared, so ``dS2 = dO`` binds one node twice; to ask "what if only this
line were another value?" each statement's value must be a node of its own. A second
run of the program wraps them: ``dS2 = Mark(3, dO)`` is the identity to NumPy and a node
of its own to the graph. ``Scope(3)``, before the statement, notes what its names stood
for.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import FrameType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.checking.need import Item
from clearprop.graph import Node, Op
from clearprop.trace.array import Traced
from clearprop.trace.leaves import attributes
from clearprop.trace.library import is_library_file, is_library_module
from clearprop.trace.numberlist import NumberList
from clearprop.trace.python import HANDLERS
from clearprop.trace.result import DICTS
from clearprop.trace.size import TracedSize
from clearprop.trace.views import Buffer

if TYPE_CHECKING:
    from clearprop.trace.instrument import Hooks

NUMBERS = "numbers"  # how a mask is marked that has another array's place
GATHERED = "gathered"  # how rows are marked that an array of places chooses
MANY = 50  # longer containers aren't marked item by item
LONG = 400  # nor are longer ones noted
OFTEN = 64  # executions of one statement whose scope is kept

MARKED = Op(
    "mark",
    lambda x, key: x,
    infer=lambda graph, inputs, params: (inputs[0].dims, inputs[0].dtype),
    gradient=lambda g, y, x, key: g,
    says="the same value, known as one line's own",
)


@dataclass(frozen=True, slots=True)
class Marked:
    """One value that a marked statement gave, at one execution of it."""

    site: int  # which statement
    turn: int  # its how-manieth execution, from 0
    item: Item  # which of several values
    node: Node  # the mark
    source: Node  # what was computed


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the program in a scope: its attributes, as they were."""

    kind: type
    parts: dict[str, Any]


class Book:
    """What the marks of one run have noted."""

    def __init__(self) -> None:
        self.marked: list[Marked] = []
        self.scopes: dict[tuple[int, int], dict[str, Any]] = {}
        self._turns: dict[int, int] = {}
        self._begun: dict[int, int] = {}

    def forget(self) -> None:
        """Begin again: a program's own calls come before those of its driver."""
        self.marked.clear()
        self.scopes.clear()
        self._turns.clear()
        self._begun.clear()

    def turn(self, site: int) -> int:
        """A new execution of a statement."""
        found = self._turns.get(site, 0)
        self._turns[site] = found + 1
        return found

    def coming(self, site: int) -> int:
        """The execution that a statement is in the middle of."""
        return self._turns.get(site, 0)

    def begins(self, mark: Node, made: Any) -> None:
        """A gradient that begins with numbers, ``dout = -np.ones(n) / n``, is a leaf.

        Sums that start from zero have nothing that could be wrong.
        """
        if type(made) is not Traced or made.node.inputs or not np.any(made.value):
            return
        at = {m.node: k for k, m in enumerate(self.marked)}
        if mark not in at or not made.is_array:
            return
        way = [mark]  # a helper's return, and the line that takes it
        while way[-1].inputs[0] in at:
            way.append(way[-1].inputs[0])
        node = made.node
        for one in reversed(way):
            source, node = node, set_apart(node, one.params["key"])
            self.marked[at[one]] = replace(
                self.marked[at[one]], node=node, source=source
            )
        made.write(node)

    def begin(self, site: int) -> int:
        found = self._begun.get(site, 0)
        self._begun[site] = found + 1
        return found


class Mark:
    """``Mark(site, value)``: see ``HANDLERS`` below."""


class MarkAt:
    """``MarkAt(site, owner, key)``: see ``HANDLERS`` below."""


class Scope:
    """``Scope(site)``: see ``HANDLERS`` below."""


def _mark(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> Any:
    site, value, fresh, *path = args
    book: Book = hooks.script.book
    # what lies within a value is there before the whole of it
    turn = book.turn(site) if not path else book.coming(site)
    if type(value) is NumberList:
        return value

    def one(value: Any, item: Item) -> Any:
        if fresh == NUMBERS and type(value) is Traced and value.is_array:
            value = value * 1.0  # type: ignore[operator]
        if type(value) is not Traced or not value.node.is_float:
            return value
        if fresh == GATHERED and (value.steps or value.node.op.name != "getitem"):
            return value  # of a dict, or a part of an array
        if fresh is None and value.is_array:
            return value  # another name of an array that other lines compute
        part = value.is_array and bool(value.steps)
        if part and not fresh and _is_kept(hooks, value.buffer.node):
            return value  # W1 = theta[:k].reshape(m, n): to mark it would be to write
        source = value.node
        node = set_apart(source, (site, turn, item))
        book.marked.append(Marked(site, turn, item, node, source))
        # np.broadcast_to and sliding windows give what nothing can be written through
        closed = any(step.back is None for step in value.steps)
        if fresh or closed or not value.is_array:
            value = Traced(hooks.tracer, Buffer(node), (), value.value)  # type: ignore[arg-type]
        else:
            value.write(node)
        return value

    if path:
        return one(value, *path)
    kind = type(value)
    if kind is tuple and len(value) <= MANY:
        return tuple(one(v, i) for i, v in enumerate(value))
    if kind is list and len(value) <= MANY:
        for i, v in enumerate(value):
            value[i] = one(v, i)
        return value
    if kind in DICTS and len(value) <= MANY:
        for key, v in value.items():
            value[key] = one(v, key)
        return value
    return one(value, None)


def _mark_at(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> None:
    """Mark what stands at a key: the item of a list or dict, an array as a whole."""
    site, owner, key = args
    if type(owner) is Traced:
        if not _noted_as_moved(hooks, site, owner):
            _mark(hooks, function, (site, owner, False), kwargs)
    elif type(owner) in (list, dict):
        plain = hooks.tracer.plain(key)  # type: ignore[union-attr]
        value = owner[plain]
        if not _noted_as_moved(hooks, site, value):
            owner[plain] = _mark(hooks, function, (site, value, False), kwargs)


def _noted_as_moved(hooks: Hooks, site: int, value: Any) -> bool:
    """A parameter's new value: the node that its own line has made is its mark."""
    if type(value) is not Traced or value.node.op.name != "mark":
        return False
    after = value.node.inputs[0]
    if hooks.script.kept.get(after) is not value.node:
        return False
    book: Book = hooks.script.book
    book.marked.append(Marked(site, book.turn(site), None, after, after))
    return True


def _is_kept(hooks: Hooks, node: Node) -> bool:
    """Whether an array is one that the program was given, or learns."""
    return node.op.name == "input" or node in hooks.script.kept.values()


def set_apart(source: Node, key: tuple[Any, ...]) -> Node:
    """The same value as a node of its own, which nothing looks through."""
    graph = source.graph
    return Node(
        graph, MARKED, (source,), {"key": key}, source.dims, source.dtype, source.weak
    )


def _scope(hooks: Hooks, function: Any, args: Any, kwargs: Any) -> None:
    (site,) = args
    book: Book = hooks.script.book
    turn = book.begin(site)
    if turn >= OFTEN:
        return
    frame = _user_frame()
    if frame is not None:
        book.scopes[site, turn] = scope_of(frame)


def _user_frame() -> FrameType | None:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and is_library_file(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def scope_of(frame: FrameType) -> dict[str, Any]:
    """What every name of a frame stands for: nodes for arrays, things for objects."""
    found: dict[str, Any] = {}
    memo: dict[int, Any] = {}
    both = [frame.f_globals, frame.f_locals]
    for names in both if both[0] is not both[1] else both[:1]:
        for name, value in list(names.items()):
            if not name.startswith("__"):
                found[name] = _noted(value, memo, 0)
    return found


def _is_plain(values: Sequence[Any]) -> bool:
    """Whether a list holds nothing that a trace knows, nor anything that may."""
    return all(type(v) in (int, float, bool, str, type(None)) for v in values)


def named_tuple(kind: type) -> bool:
    """Whether it is a tuple of which each part has a name: ``Layer(W, b)``."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


def _noted(value: Any, memo: dict[int, Any], depth: int) -> Any:
    kind = type(value)
    if kind is Traced:
        return value.node
    if kind is TracedSize:
        return int(value)
    if kind in (int, float, bool, str, type(None), FunctionType, ModuleType):
        return value
    if kind is NumberList:
        return [_noted(v, memo, depth + 1) for v in value]
    if isinstance(value, np.ndarray | np.generic | type | MethodType):
        return value
    if id(value) in memo:
        return memo[id(value)]
    if depth > 4:
        return None
    if kind in (list, tuple):
        if _is_plain(value):
            return kind(value)
        if len(value) > LONG:
            return kind([None]) * len(value)  # what it holds would be traced further
        return kind(_noted(v, memo, depth + 1) for v in value)
    if isinstance(value, dict) and len(value) <= MANY:
        return {k: _noted(v, memo, depth + 1) for k, v in value.items()}
    if kind.__flags__ & (1 << 9) and not is_library_module(kind.__module__):
        made = memo[id(value)] = Thing(kind, {})
        fields = zip(getattr(kind, "_fields", ()), value) if named_tuple(kind) else ()
        for name, part in (*attributes(value), *fields):
            made.parts[name] = _noted(part, memo, depth + 1)
        return made
    return value


HANDLERS[Mark] = _mark
HANDLERS[MarkAt] = _mark_at
HANDLERS[Scope] = _scope
