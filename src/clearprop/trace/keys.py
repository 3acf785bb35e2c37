"""Index keys: what the user writes in brackets, as the graph's index templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.graph import Node
from clearprop.sizes import Dim, Size
from clearprop.trace.array import Traced
from clearprop.trace.size import TracedRange, TracedSize
from clearprop.trace.views import SAME, Step, expanded, indexed

if TYPE_CHECKING:
    from clearprop.trace.tracer import Tracer

_FULL = ("slice", None, None, None)


@dataclass(slots=True)
class Index:
    """A parsed key: items and index arrays for the graph, and the plain key."""

    items: tuple[tuple[Any, ...], ...]
    arrays: list[Node]
    masks: list[Node]
    counts: tuple[Dim, ...]
    plain: tuple[Any, ...]

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of ``getitem`` and its relatives."""
        more = {"counts": self.counts} if self.counts else {}
        return {"key": self.items, **more}

    @property
    def advanced(self) -> bool:
        """Whether NumPy makes a copy: there is an index array with axes."""
        return any(isinstance(k, np.ndarray) for k in self.plain)

    def steps(self) -> tuple[Step, ...]:
        """The view that reading this key is."""
        if all(item == _FULL for item in self.items):
            return (SAME,)
        if all(item == _FULL or item[0] == "new" for item in self.items):
            at = [i for i, item in enumerate(self.items) if item[0] == "new"]
            return (expanded(at),)
        return (indexed(self.arrays, self.params),)


def parse(tracer: Tracer, x: Node, key: Any) -> Index:
    """Read a key as NumPy would read it on an array like ``x``."""
    parts = key if type(key) is tuple else (key,)
    entries = [_entry(tracer, part) for part in parts]
    taken = sum(_axes(entry) for entry in entries)
    items: list[tuple[Any, ...]] = []
    arrays: list[Node] = []
    masks: list[Node] = []
    counts: list[Dim] = []
    plain: list[Any] = []
    axis = 0
    for entry in entries:
        if entry is Ellipsis:
            missing = max(x.ndim - taken, 0)
            items += [_FULL] * missing
            axis += missing
            plain.append(Ellipsis)
        elif entry is None:
            items.append(("new",))
            plain.append(None)
        elif type(entry) is slice:
            items.append(_slice(tracer, x, axis, entry))
            plain.append(tracer.plain(entry))
            axis += 1
        elif type(entry) is Traced:
            node = entry.node
            value = entry.value
            if np.ndim(value) == 0 and not _is_bool(value):
                value = int(value) if value.dtype.kind in "iu" else value
            if not np.ndim(value) and not tracer.varies(node) and type(value) is int:
                items.append(("int", value))
            else:
                items.append(("array", len(arrays)))
                arrays.append(node)
            if _is_bool(value):
                counts.append(tracer.count(node, value))
                masks.append(node)
            plain.append(value)
            axis += _axes(entry)
        else:
            items.append(("int", entry))
            plain.append(int(entry))
            axis += 1
    while items and items[-1] == _FULL:
        items.pop()
    return Index(tuple(items), arrays, masks, tuple(counts), tuple(plain))


def _is_bool(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "b"


def _axes(entry: Any) -> int:
    if entry is None or entry is Ellipsis:
        return 0
    if type(entry) is Traced and _is_bool(entry.value):
        return entry.ndim
    return 1


def _entry(tracer: Tracer, part: Any) -> Any:
    """One item: None, Ellipsis, a slice, an int or Size, or a traced index array."""
    kind = type(part)
    if part is None or part is Ellipsis or kind is slice:
        return part
    if kind is TracedSize:
        return tracer.dim(part)
    if kind is bool or (isinstance(part, np.bool_) and kind is not Traced):
        tracer.refuse(
            "a single True or False as an index is not followed",
            "Use np.newaxis, or an if",
        )
    if kind is Traced:
        if not part.is_array and type(part.value) is int:
            if tracer.varies(part.node):
                return tracer.wrap(part.node.cast(np.intp), np.intp(part.value))
            return int(part.value)
        return part
    if isinstance(part, int | np.integer):
        return int(part)
    if isinstance(part, list | tuple | range):
        value = np.asarray(tracer.plain(part))
        if not value.size and kind is not TracedRange:
            value = value.astype(np.intp)
            return tracer.lift(value)
        return tracer.wrap(tracer.node(part), value)
    if isinstance(part, np.ndarray):
        return tracer.lift(part)
    return part.__index__()


def _slice(tracer: Tracer, x: Node, axis: int, part: slice) -> tuple[Any, ...]:
    start, stop, step = (_bound(tracer, b) for b in (part.start, part.stop, part.step))
    if step == 1:
        step = None
    if step is None or (isinstance(step, int) and step > 0):
        start = None if start == 0 else start
        dim = tracer.graph.resolve(x.dims[axis]) if axis < x.ndim else None
        if stop is not None and (
            stop == dim
            or (isinstance(stop, int) and isinstance(dim, int) and stop >= dim)
        ):
            stop = None
    return ("slice", start, stop, step)


def _bound(tracer: Tracer, bound: Any) -> int | Size | None:
    return None if bound is None else tracer.dim(bound)


def same_place(owner: Traced, index: Index, value: Any) -> bool:
    """Whether ``value`` is the very view that this key reads: nothing to store."""
    if type(value) is not Traced or value.buffer is not owner.buffer or index.advanced:
        return False
    here, there = owner.value[index.plain], value.value
    if not (isinstance(here, np.ndarray) and isinstance(there, np.ndarray)):
        return False
    return (
        here.shape == there.shape
        and here.strides == there.strides
        and here.__array_interface__["data"] == there.__array_interface__["data"]
    )


def full(count: int) -> tuple[tuple[Any, ...], ...]:
    """The items of ``count`` leading colons."""
    return (_FULL,) * count


def at(axis: int, *items: Sequence[Any]) -> tuple[tuple[Any, ...], ...]:
    """The key that takes these items on an axis (and the ones after it)."""
    return (*full(axis), *(tuple(item) for item in items))
