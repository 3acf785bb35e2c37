"""One entry of a value, as a C expression of loop indices.

Views cost nothing: they only change the indices. What goes in is a value and one index
expression for each of its axes; an ``Access`` says how stored values are loaded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clearprop.training.native.spelling import cast, literal, spell
from clearprop.training.native.values import (
    Along,
    Index,
    Shape,
    Value,
    along,
    region_axes,
)


class Access:
    """Reads entries; what is stored, and where, is for others to say."""

    def load(self, v: Value, idx: Index) -> str:
        """An entry of a value that has a place of its own."""
        raise NotImplementedError

    def named(self, v: Value, idx: Index, code: str) -> str:
        """A name for a computed entry; here the expression itself."""
        return f"({code})"

    def checked(self, code: str, n: int) -> str:
        """An index that nobody has checked yet."""
        return code

    def trusted(self, array: Value, code: str, n: int) -> str:
        """An index straight from the data, all of which is checked beforehand."""
        return code

    def read(self, v: Value, idx: Index) -> str:
        """An entry of any value."""
        if v.op == "number":
            return literal(v.params["value"], v.dtype)
        if v.op == "view":
            source = v.inputs[0]
            return self.read(source, source_index(v, idx))
        if v.op == "reshape":
            source = v.inputs[0]
            return self.read(source, unflattened(flat(idx, v.shape), source.shape))
        if v.op == "counted":
            return index_along(idx, along(0, v.params["start"], v.params["step"]))
        if v.op == "eye":
            return f"({idx[0]} + ({v.params['k']}) == {idx[1]})"
        return self.load(v, idx)

    def converted(self, v: Value, idx: Index, dtype: str | np.dtype) -> str:
        """An entry as another dtype; a number is written in that dtype at once."""
        base, at = through_views(v, idx)
        if base.op == "number":
            return literal(base.params["value"], dtype)
        return cast(self.read(base, at), base.dtype, dtype)

    def expression(self, v: Value, idx: Index) -> str:
        """What a map, a pick or a mark computes at these indices."""
        return _EXPRESSIONS[v.op](self, v, idx)

    def _map(self, v: Value, idx: Index) -> str:
        name, compute = v.params["name"], v.params["compute"]
        kinds = [compute] * len(v.inputs)
        if name == "where":
            kinds[0] = v.inputs[0].dtype
        inputs = [self.converted(x, idx, kind) for x, kind in zip(v.inputs, kinds)]
        numbers = [number_of(x) for x in v.inputs]
        code = spell(name, inputs, compute, numbers)
        return f"({code}) != 0" if v.dtype.kind == "b" else code

    def _pick(self, v: Value, idx: Index) -> str:
        x, *arrays = v.inputs
        return self.read(x, self.region_index(v.params["key"], x.shape, arrays, idx))

    def region_index(
        self,
        key: Sequence[tuple[object, ...]],
        shape: Shape,
        arrays: Sequence[Value],
        idx: Index,
    ) -> Index:
        """Where an entry of the region that a key takes stands in the whole."""
        axes = region_axes(key, arrays)
        own = [i for i, (item, _) in enumerate(axes) if item is None]
        places = {item: i for i, (item, _) in enumerate(axes)}
        made: list[str] = []
        for at, item in enumerate(key):
            n = shape[len(made)] if item[0] != "new" else 1
            if item[0] == "slice":
                made.append(index_along(idx, along(places[at], item[1], item[2])))  # type: ignore[arg-type]
            elif item[0] == "int":
                made.append(str(item[1]))
            elif item[0] == "array":
                array = arrays[item[1]]  # type: ignore[call-overload]
                axis = own[len(own) - len(array.shape) :]
                made.append(self.position(array, tuple(idx[a] for a in axis), n))
        return tuple(made)

    def position(self, array: Value, idx: Index, n: int) -> str:
        """An index array's entry, as a position along an axis of n."""
        idx = tuple("0" if size == 1 else i for i, size in zip(idx, array.shape))
        base, at = through_views(array, idx)
        if base.op == "counted":
            return self.read(base, at)
        code = cast(self.read(base, at), base.dtype, np.int64)
        code = f"({code} < 0 ? {code} + {n} : {code})"
        return (
            self.trusted(base, code, n) if base.op == "array" else self.checked(code, n)
        )

    def _mark(self, v: Value, idx: Index) -> str:
        x, value, labels = v.inputs
        here = f"{self.position(labels, idx[:1], v.shape[1])} == {idx[1]}"
        old, new = self.read(x, idx), self.converted(value, idx[:1], v.dtype)
        if v.params["add"]:
            return f"{old} + ({here} ? {new} : 0)"
        return f"({here} ? {new} : {old})"


_EXPRESSIONS = {"map": Access._map, "pick": Access._pick, "mark": Access._mark}


def number_of(v: Value) -> float | None:
    """The one number that a value is everywhere, if it is known."""
    while v.op in ("view", "reshape"):
        v = v.inputs[0]
    return v.params["value"] if v.op == "number" else None


def index_along(idx: Index, how: Along) -> str:
    """One index of a view's source."""
    start, by = how
    if not by:
        return str(start)
    if start == 0 and len(by) == 1 and by[0][1] == 1:
        return idx[by[0][0]]
    terms = [idx[axis] if step == 1 else f"({step}) * {idx[axis]}" for axis, step in by]
    return f"({' + '.join([str(start)] * (start != 0) + terms)})"


def source_index(view: Value, idx: Index) -> Index:
    """Where a view's entry stands in its source."""
    return tuple(index_along(idx, how) for how in view.params["axes"])


def through_views(v: Value, idx: Index) -> tuple[Value, Index]:
    """What a view of a view … shows, and where."""
    while v.op in ("view", "reshape"):
        if v.op == "view":
            idx = source_index(v, idx)
        else:
            idx = unflattened(flat(idx, v.shape), v.inputs[0].shape)
        v = v.inputs[0]
    return v, idx


def flat(idx: Index, shape: Shape) -> str:
    """The place of an entry in memory, rows after one another."""
    terms: list[str] = []
    stride = 1
    for i, n in zip(reversed(idx), reversed(shape)):
        if i != "0":
            terms.append(i if stride == 1 else f"{i} * {stride}")
        stride *= n
    return " + ".join(reversed(terms)) or "0"


def unflattened(place: str, shape: Shape) -> Index:
    """The indices of the entry at a place."""
    made: list[str] = []
    stride = 1
    for axis in reversed(range(len(shape))):
        n = shape[axis]
        first = all(m == 1 for m in shape[:axis])
        code = f"({place})" if stride == 1 else f"(({place}) / {stride})"
        made.append("0" if n == 1 else code if first else f"({code} % {n})")
        stride *= n
    return tuple(reversed(made))


def looped(shape: Shape) -> list[tuple[int, int]]:
    """The axes that need a loop: (axis, length)."""
    return [(axis, n) for axis, n in enumerate(shape) if n > 1]


def loop_index(shape: Shape) -> Index:
    """The names of the loop variables: i for the first axis, then j0, j1, …"""
    names = iter(["i", *(f"j{k}" for k in range(len(shape)))])
    return tuple("0" if n == 1 else next(names) for n in shape)
