"""Which values are computed in which loop, and where each is kept.

What goes in is the values that a step needs; what comes out is units in order: a
product, an assembly, or a nest, which is one loop over the first axis with phases in
it, each an inner loop (or none, for what a row has one of). A value joins the first
nest that all it reads allows, so that a softmax with its loss and its gradient is one
pass over the rows. Cheap values have no place at all: who reads them computes them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from clearprop.training.native.access import (
    Access,
    loop_index,
    looped,
    through_views,
)
from clearprop.training.native.spelling import SPELLED
from clearprop.training.native.values import Index, Shape, Value

Space = tuple[int, ...]  # the lengths of the loops, outermost first

# Operations that may be repeated wherever the value is read rather than kept.
_REPEATED = 3

# What has a place from the start, or needs none.
_GIVEN = ("number", "array", "counted", "eye", "view", "reshape")


@dataclass
class Phase:
    """An inner loop of a nest, and what it computes."""

    inner: Space
    values: list[Value] = field(default_factory=list)


@dataclass
class Unit:
    """A nest, or a single product or assembly (which have no phases)."""

    outer: int | None  # the length of the nest's loop; None: single numbers
    phases: list[Phase] = field(default_factory=list)
    alone: Value | None = None


@dataclass(frozen=True)
class Place:
    """Where a value is computed."""

    unit: int
    phase: int


class Schedule:
    """Units in order, and for each value how it is kept.

    ``kept`` is "local" (read in the loop that computes it only), "number" (one for the
    whole step), "row" (one number or one small array for each row of a nest) or
    "buffer".
    """

    def __init__(
        self,
        roots: Iterable[Value],
        stored: Iterable[Value],
        done: Collection[Value] = (),
    ) -> None:
        """``stored``: values that must have a buffer, whoever reads them.

        ``done``: values that a schedule before this one has computed and kept.
        """
        roots = list(roots)
        self.done = done
        needed = [v for v in below(roots) if v not in done]
        self.stored = _must_be_stored(needed, stored)
        self.virtual = _virtual(needed, self.stored)
        self.units: list[Unit] = []
        self.places: dict[Value, Place] = {}
        self.kept: dict[Value, str] = {}
        readers: dict[Value, list[tuple[Value, Index]]] = {}
        for v in needed:
            if v.op in _GIVEN or v in self.virtual:
                continue
            found = self.reads(v)
            for source, idx in found:
                readers.setdefault(source, []).append((v, idx))
            self._place(v, found)
        for root in roots:
            for source, _ in self.reads_of(root, loop_index(root.shape)):
                readers.setdefault(source, [])
                self.stored.add(source)
        for v in self.places:
            self.kept[v] = self._keeping(v, readers.get(v, []))

    # -- what is read --------------------------------------------------------------

    def reads(self, v: Value) -> list[tuple[Value, Index]]:
        """The computed values that a value reads, at the indices of its loops."""
        seen = _Seen(self.virtual, self.done)
        if v.op == "reduce":
            seen.read(v.inputs[0], loop_index(v.inputs[0].shape))
        elif v.op in ("matmul", "assemble"):
            for x in v.inputs:
                seen.read(x, tuple("?" for _ in x.shape))
        else:
            seen.expression(v, loop_index(v.shape))
        return seen.found

    def reads_of(self, v: Value, idx: Index) -> list[tuple[Value, Index]]:
        """The computed values that reading an entry of any value comes down to."""
        seen = _Seen(self.virtual, self.done)
        seen.read(v, idx)
        return seen.found

    # -- where it goes -------------------------------------------------------------

    def _place(self, v: Value, found: Sequence[tuple[Value, Index]]) -> None:
        if v.op in ("matmul", "assemble"):
            self.units.append(Unit(None, alone=v))
            self.places[v] = Place(len(self.units) - 1, 0)
            return
        space = space_of(v)
        outer, inner = (space[0] if space else None), space[1:]
        first = 0
        for source, idx in found:
            place = self.places[source]
            near = self._row_local(source, idx, outer)
            first = max(first, place.unit if near else place.unit + 1)
        for at in range(first, len(self.units)):
            unit = self.units[at]
            if unit.alone is None and unit.outer == outer:
                break
        else:
            at = len(self.units)
            self.units.append(Unit(outer))
        self.places[v] = Place(at, self._phase(v, at, inner, found))

    def _phase(
        self, v: Value, at: int, inner: Space, found: Sequence[tuple[Value, Index]]
    ) -> int:
        unit = self.units[at]
        first = 0
        for source, idx in found:
            place = self.places[source]
            if place.unit == at:
                same = self._same_entry(source, idx, v)
                first = max(first, place.phase if same else place.phase + 1)
        for k in range(first, len(unit.phases)):
            if unit.phases[k].inner == inner:
                break
        else:
            k = len(unit.phases)
            unit.phases.append(Phase(inner))
        unit.phases[k].values.append(v)
        return k

    def _row_local(self, source: Value, idx: Index, outer: int | None) -> bool:
        """Whether what is read was computed for this very row of the loop."""
        unit = self.units[self.places[source].unit]
        if unit.alone is not None or unit.outer != outer:
            return False
        if outer is None:
            return True
        if is_late(source):
            return False
        axes = looped(source.shape)
        return bool(axes) and idx[axes[0][0]] == "i"

    def _same_entry(self, source: Value, idx: Index, reader: Value) -> bool:
        if source.op == "reduce" or space_of(source) != space_of(reader):
            return False
        return idx == loop_index(source.shape)

    # -- how it is kept ------------------------------------------------------------

    def _keeping(self, v: Value, readers: Sequence[tuple[Value, Index]]) -> str:
        place = self.places[v]
        unit = self.units[place.unit]
        if v.op in ("matmul", "assemble"):
            return "buffer"
        if v.size == 1:
            return "number"
        if v in self.stored or is_late(v):
            return "buffer"
        same = True
        for reader, idx in readers:
            near = self.places[reader].unit == place.unit
            if not near or not self._row_local(v, idx, unit.outer):
                return "buffer"
            same = same and self.places[reader].phase == place.phase
        return "local" if same and v.op != "reduce" else "row"


class _Seen(Access):
    """Notes the computed values that are read."""

    def __init__(self, virtual: Collection[Value], done: Collection[Value]) -> None:
        self.virtual = virtual
        self.done = done
        self.found: list[tuple[Value, Index]] = []

    def load(self, v: Value, idx: Index) -> str:
        if v in self.virtual:
            self.expression(v, idx)
        elif v.op not in _GIVEN and v not in self.done:
            self.found.append((v, idx))
        return "x"


def space_of(v: Value) -> Space:
    """The loops that compute a value."""
    shape: Shape = v.inputs[0].shape if v.op == "reduce" else v.shape
    return tuple(n for _, n in looped(shape))


def is_late(v: Value) -> bool:
    """Whether a value is known only after the loop over its rows: a sum over them."""
    if v.op != "reduce":
        return False
    axes = looped(v.inputs[0].shape)
    return bool(axes) and axes[0][0] in v.params["axes"]


def below(roots: Iterable[Value]) -> list[Value]:
    """The roots and all that they are computed from, inputs first."""
    seen: set[Value] = set()
    stack = list(roots)
    while stack:
        v = stack.pop()
        if v not in seen:
            seen.add(v)
            stack.extend(v.inputs)
    return sorted(seen, key=lambda v: v.index)


def _must_be_stored(needed: Iterable[Value], stored: Iterable[Value]) -> set[Value]:
    found = {_source(v) for v in stored}
    for v in needed:
        if v.op == "matmul":
            found |= {_source(x) for x in v.inputs}
        if v.op == "reshape":
            found.add(_source(v))
    return found


def _source(v: Value) -> Value:
    return through_views(v, ("0",) * len(v.shape))[0]


def _virtual(needed: Iterable[Value], stored: Collection[Value]) -> set[Value]:
    """Maps that are computed wherever they are read."""
    cost: dict[Value, int] = {}
    for v in needed:
        if v.op != "map" or v in stored or not SPELLED[v.params["name"]].cheap:
            continue
        count = 1
        for x in v.inputs:
            count += cost.get(_source(x), 0)
        if count <= _REPEATED:
            cost[v] = count
    return set(cost)
