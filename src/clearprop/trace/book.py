"""The binding log: what every line of the user's code gave a name to.

Rewritten code reports each assignment here, after it was made. A binding holds the
line, the place, how deep in the user's functions it is, and the node before and after.
In a script the same reports make leaves of the values that are bound (see ``watcher``).
"""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node
from clearprop.sizes import Size
from clearprop.trace.array import Traced
from clearprop.trace.leaves import attributes
from clearprop.trace.library import is_library_module
from clearprop.trace.loss import identifier, rank
from clearprop.trace.numberlist import NumberList
from clearprop.trace.result import DICTS, Binding
from clearprop.trace.size import TracedSize

if TYPE_CHECKING:
    from clearprop.trace.leaves import Leaves
    from clearprop.trace.tracer import Tracer

HOOKS_OF_THE_BOOK = (
    "log", "enter", "changed", "named", "returned", "leaf", "stored_attribute",
    "stored_item", "stored_name", "stored_in_name", "appended",
)  # fmt: skip
MANY = 100  # longer containers aren't logged item by item
_LOOSE = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class made by a class statement
Scope = tuple[int, dict[str, Node]]  # the depth, and what names stand for


class Book:
    """The log of one run. Without a tracer it only tells a script that is run again."""

    def __init__(
        self,
        tracer: Tracer | None = None,
        leaves: Leaves | None = None,
        script: Any = None,
    ) -> None:
        self.tracer = tracer
        self.leaves = leaves
        self.script = script
        self.bindings: list[Binding] = []
        self.size_names: dict[Size, str] = {}
        self.frames: list[tuple[CodeType | None, dict[str, Node]]] = []
        self._places: dict[tuple[int, Any], Node] = {}
        self._kept: list[Any] = []  # owners, so that their ids stay their own

    def _known(self, frame: FrameType) -> Scope:
        """How deep the user's frame is, and what its names stand for so far."""
        frames = self.frames
        code, known = frames[-1]
        around: FrameType | None = frame
        while around is not None:
            if around.f_code is code:
                return len(frames) - 1, known
            if around.f_code.co_name not in _LOOSE and not _ours(around):
                break
            around = around.f_back
        return len(frames), {}  # a generator, or a method that Python itself called

    def _log(
        self,
        line: int,
        place: str,
        value: Any,
        frame: FrameType,
        scope: Scope,
    ) -> None:
        kind = type(value)
        if kind is Traced:
            depth, known = scope
            node = value.node
            before = known.get(place)
            known[place] = node
            code = frame.f_code
            made = Binding(
                len(self.bindings), line, place, depth, node, before,
                code.co_filename, code.co_name,
            )  # fmt: skip
            self.bindings.append(made)
            if self.script is not None:
                self.script.bound(made, value, frame)
        elif kind is TracedSize:
            if place.isidentifier():
                self.size_names.setdefault(value.size, place)
        elif kind in DICTS and len(value) <= MANY:
            for key, part in value.items():
                if type(part) is Traced:
                    self._log(line, f"{place}[{key!r}]", part, frame, scope)
        elif (kind is tuple or kind is list) and len(value) <= MANY:
            for i, part in enumerate(value):
                if type(part) is Traced:
                    self._log(line, f"{place}[{i}]", part, frame, scope)
        elif isinstance(value, tuple) and hasattr(value, "_fields"):
            for name, part in zip(value._fields, value):
                if type(part) is Traced:
                    self._log(line, f"{place}.{name}", part, frame, scope)
        elif self.script is not None and kind is not type and is_dataclass(value):
            self._record(value, line, place, frame, scope)
        elif kind.__flags__ & _HEAP and rank(identifier(place)) is not None:
            number = _number_in(value)
            if number is not None:
                self._log(line, place, number, frame, scope)

    def _record(
        self, owner: Any, line: int, place: str, frame: FrameType, scope: Scope
    ) -> None:
        """What a dataclass was made with: no statement of the program stored it.

        A frozen one has it under each of its names, ``new`` and then ``state``.
        """
        frozen = type(owner).__dataclass_params__.frozen
        for field in fields(owner):
            part = getattr(owner, field.name, None)
            spot = f"{place}.{field.name}"
            known = self._places.get((id(owner), field.name))
            known = scope[1].get(spot) if frozen else known
            if type(part) is Traced and part.node is not known and place != "return":
                self.placed(owner, field.name, part.node)
                self._log(line, spot, part, frame, scope)

    def log(self, line: int, *pairs: Any) -> bool:
        """Names were assigned: ``log(line, "h", h, "z", z)``."""
        if self.tracer is None:
            self._plain(line, pairs)
        else:
            if self.script is not None:
                self.script.tick()
            frame = sys._getframe(1)
            scope = self._known(frame)
            for place, value in zip(pairs[::2], pairs[1::2]):
                self._log(line, place, value, frame, scope)
        return True

    def _plain(self, line: int, pairs: Any) -> None:
        """Outside of a trace only a script that is run again wants to know."""
        if self.script is not None:
            frame = sys._getframe(2)
            for place, value in zip(pairs[::2], pairs[1::2]):
                self.script.bound_plain(line, place, value, frame)

    def enter(self, line: int, *pairs: Any) -> None:
        """Parameters that will be rebound: what they are at the start."""
        if self.tracer is not None:
            _, known = self._known(sys._getframe(1))
            for place, value in zip(pairs[::2], pairs[1::2]):
                if type(value) is Traced:
                    known[place] = value.node

    def changed(self, line: int, *pairs: Any) -> None:
        """Names given to a call that may have written into them."""
        if self.tracer is None:
            return
        frame = sys._getframe(1)
        scope = self._known(frame)
        for place, value in zip(pairs[::2], pairs[1::2]):
            if type(value) is Traced:
                node = value.node
                if scope[1].get(place, node) is not node:
                    self._log(line, place, value, frame, scope)

    def named(self, value: Any, line: int, place: str) -> Any:
        """``(h := value)``."""
        if self.tracer is None:
            self._plain(line, (place, value))
        else:
            frame = sys._getframe(1)
            self._log(line, place, value, frame, self._known(frame))
        return value

    def returned(self, value: Any, line: int) -> Any:
        """``return value``."""
        if self.tracer is None:
            self._plain(line, ("return", value))
        else:
            frame = sys._getframe(1)
            scope = self._known(frame)
            if scope[0] == 0 or self.script is not None:
                self._log(line, "return", value, frame, scope)
        return value

    def leaf(self, value: Any, line: int, place: str) -> Any:
        """``name = value`` in a script: data and parameters become leaves."""
        if self.script is None:
            return value
        frame = sys._getframe(1)
        self.script.tick()
        value = self.script.leaf(value, place, frame)
        if self.tracer is None:
            self._plain(line, (place, value))
            return value
        self._log(line, place, value, frame, self._known(frame))
        return value

    def stored_attribute(self, owner: Any, name: str, line: int, place: str) -> None:
        """``owner.name = …`` was done."""
        if self.tracer is not None or self.script is not None:
            self._attribute(owner, name, line, place, sys._getframe(1))

    def stored_name(self, owner: Any, name: str, line: int, text: str) -> None:
        """``setattr(owner, name, …)`` or ``vars(owner)[name] = …`` was done."""
        if self.tracer is not None or self.script is not None:
            self._attribute(owner, name, line, f"{text}.{name}", sys._getframe(1))

    def _attribute(
        self, owner: Any, name: str, line: int, place: str, frame: FrameType
    ) -> None:
        value = getattr(owner, name, None)
        if type(owner) in (Traced, TracedSize):  # x.shape = (2, 3)
            owner_place = place.rpartition(".")[0]
            self._log(line, owner_place, owner, frame, self._known(frame))
            return
        if self.script is not None:
            self.script.tick()
            made = self.script.leaf(value, place, frame)
            if made is not value:
                setattr(owner, name, made)
                value = made
        if self.tracer is None:
            self._plain(line, (place, value))
            return
        self._stored(owner, name, line, place, value, frame)

    def stored_item(
        self, owner: Any, key: Any, line: int, place: str, base: str
    ) -> None:
        """``owner[key] = …`` was done: ``grads['b']``, ``W[0]``."""
        if self.tracer is not None or self.script is not None:
            self._item(owner, key, line, place, base, sys._getframe(1))

    def stored_in_name(
        self, owner: Any, name: str, key: Any, line: int, text: str
    ) -> None:
        """``getattr(owner, name)[key] = …`` was done."""
        if self.tracer is not None or self.script is not None:
            base = f"{text}.{name}"
            array = getattr(owner, name)
            self._item(array, key, line, f"{base}[{key!r}]", base, sys._getframe(1))

    def appended(self, owner: Any, line: int, base: str) -> None:
        """``owner.append(…)`` was done: the last item may be a leaf."""
        if self.script is None or type(owner) is not list or not owner:
            return
        frame = sys._getframe(1)
        place = f"{base}[{len(owner) - 1}]"
        made = self.script.appended(owner[-1], place, frame)
        if made is not owner[-1]:
            owner[-1] = made
            if self.tracer is not None:
                self._stored(owner, len(owner) - 1, line, place, made, frame)

    def _item(
        self, owner: Any, key: Any, line: int, place: str, base: str, frame: FrameType
    ) -> None:
        tracer = self.tracer
        if tracer is not None:
            owner = tracer.lift(owner)
        kind = type(owner)
        if kind is Traced and tracer is not None:
            scope = self._known(frame)
            part = tracer.read(owner, key)
            if type(part) is Traced and not _is_all(key):
                self._log(line, place, part, frame, scope)
            self._log(line, base, owner, frame, scope)
            if owner.steps:
                self._whole(owner, line, base, frame, scope)
        elif kind in DICTS or kind is list or kind is NumberList:
            key = key if tracer is None else tracer.plain(key)
            if isinstance(key, np.integer):  # for layer in np.arange(n)
                key = int(key)
            if type(key) not in (int, str):
                return
            place = f"{base}[{key!r}]"
            value = owner[key]
            if self.script is not None:
                made = self.script.leaf(value, place, frame)
                if made is not value:
                    owner[key] = value = made
            if tracer is None:
                self._plain(line, (place, value))
                return
            self._stored(owner, key, line, place, value, frame)

    def _whole(
        self, part: Traced, line: int, place: str, frame: FrameType, scope: Scope
    ) -> None:
        """``P[i][k] = …`` changes P, of which the row P[i] is a view.

        And after ``Q = Q.T`` a store into Q changes what Q is the transpose of.
        """
        root = place.partition("[")[0]
        name, *attributes = root.split(".")
        whole = frame.f_locals.get(name, frame.f_globals.get(name))
        for attribute in attributes:
            whole = getattr(whole, attribute, None)
        if type(whole) is not Traced or whole.buffer is not part.buffer:
            return
        if whole.steps:
            shape, array = part.buffer.node.shape, whole.value
            while array is not None and array.shape != shape:
                array = array.base
            if array is None:
                return
            whole = Traced(part.tracer, part.buffer, (), array)
        elif root == place:
            return
        self._log(line, root, whole, frame, scope)

    def _stored(
        self, owner: Any, key: Any, line: int, place: str, value: Any, frame: FrameType
    ) -> None:
        scope = self._known(frame)
        if type(value) is Traced:
            if type(key) is int and key < 0 and isinstance(owner, list):
                key += len(owner)
            before = self._places.get((id(owner), key)) or self._leaf_at(owner, key)
            if before is not None:
                scope[1][place] = before
            self.placed(owner, key, value.node)
        self._log(line, place, value, frame, scope)

    def placed(self, owner: Any, key: Any, node: Node) -> None:
        """Remember what stands at a place of an object."""
        self._places[id(owner), key] = node
        self._kept.append(owner)

    def _leaf_at(self, owner: Any, key: Any) -> Node | None:
        """The leaf that stood at a place before the first store into it."""
        assert self.leaves is not None
        path = self.leaves.paths.get(id(owner))
        if path is not None:
            for made in self.leaves.made:
                if made.path[:-1] == path and made.path[-1][1] == key:
                    return made.node
        return None


def _number_in(value: Any) -> Traced | None:
    """The number that an object called a loss stands for: its first attribute.

    Programs that build their own tape have ``loss.data``, ``loss.value`` or ``loss.v``.
    """
    if is_library_module(type(value).__module__):
        return None
    part = next((part for _, part in attributes(value)), None)
    if type(part) is Traced and part.dtype.kind == "f" and np.size(part.value) == 1:
        return part
    return None


def _is_all(key: Any) -> bool:
    """Whether ``W[...]`` or ``W[:]`` are W itself."""
    return key is Ellipsis or (type(key) is slice and key == slice(None))


def _ours(frame: FrameType) -> bool:
    name: str = frame.f_globals.get("__name__", "")
    return name.startswith("clearprop.")
