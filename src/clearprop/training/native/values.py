"""What a step is made of: operations on arrays of known shapes.

``Values`` makes them, equal ones once, and folds every broadcast, transpose, slice and
new axis into one kind of view.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from clearprop.errors import ClearpropError

Shape = tuple[int, ...]
Index = tuple[str, ...]


class Along(NamedTuple):
    """How a view's source is read along one axis: from ``start``, by the view's axes.

    ``by`` are pairs (axis of the view, step): none where the source is read at one
    place, two where windows slide.
    """

    start: int = 0
    by: tuple[tuple[int, int], ...] = ()


def along(axis: int, start: int = 0, step: int = 1) -> Along:
    """Along one axis of the view."""
    return Along(start, ((axis, step),))


class Unsupported(ClearpropError):
    """Why a plan can't be native, in words that stand on their own."""


class Value:
    """One value of a step; immutable, and equal ones are one object.

    ``op`` is "number", "array" (a parameter, an input, a constant: ``params["array"]``
    says which), "counted" (arange), "eye", "view", "reshape", "map" (elementwise),
    "reduce", "matmul", "pick" (read at index arrays), "mark" (added at one label a row)
    or "assemble" (made of pieces).
    """

    __slots__ = ("dtype", "index", "inputs", "op", "params", "shape")

    def __init__(
        self,
        op: str,
        inputs: tuple[Value, ...],
        shape: Shape,
        dtype: np.dtype,
        params: dict[str, Any],
        index: int,
    ) -> None:
        """Use ``Values.make``; this only fills the record."""
        self.op = op
        self.inputs = inputs
        self.shape = shape
        self.dtype = dtype
        self.params = params
        self.index = index

    @property
    def size(self) -> int:
        """How many entries it has."""
        return prod(self.shape)

    def __repr__(self) -> str:
        inputs = ", ".join(f"v{v.index}" for v in self.inputs)
        return f"v{self.index} = {self.op}({inputs}) {self.params} {self.shape}"


class Values:
    """All values of a step, in the order in which they are computed."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.all: list[Value] = []
        self._shared: dict[Any, Value] = {}

    def make(
        self,
        op: str,
        inputs: Sequence[Value] = (),
        shape: Shape = (),
        dtype: Any = None,
        **params: Any,
    ) -> Value:
        """The value: an existing equal one, or a new one."""
        dtype = np.dtype(inputs[0].dtype if dtype is None else dtype)
        key = (
            op,
            *(v.index for v in inputs),
            shape,
            dtype,
            repr(sorted(params.items())),
        )
        found = self._shared.get(key)
        if found is None:
            found = Value(op, tuple(inputs), shape, dtype, params, len(self.all))
            self.all.append(found)
            self._shared[key] = found
        return found

    def number(self, value: Any, dtype: Any) -> Value:
        """One number."""
        return self.make("number", (), (), dtype, value=value)

    def view(self, source: Value, shape: Shape, axes: Sequence[Along]) -> Value:
        """Entries of the source in other places; a view of a view is one view."""
        if source.op == "view":
            through: list[Along] = []
            for start, by in source.params["axes"]:
                steps: dict[int, int] = {}
                for axis, step in by:
                    start += step * axes[axis].start
                    for outer, pace in axes[axis].by:
                        steps[outer] = steps.get(outer, 0) + step * pace
                through.append(Along(start, tuple(steps.items())))
            source, axes = source.inputs[0], through
        axes = tuple(
            Along(start, tuple((axis, step) for axis, step in by if shape[axis] > 1))
            for start, by in axes
        )
        same = tuple(along(i) if n > 1 else Along() for i, n in enumerate(shape))
        if shape == source.shape and axes == same:
            return source
        return self.make("view", (source,), shape, axes=axes)

    def spread(self, source: Value, shape: Shape) -> Value:
        """Broadcast by NumPy's rule."""
        extra = len(shape) - len(source.shape)
        axes = [
            Along() if n == 1 else along(i + extra) for i, n in enumerate(source.shape)
        ]
        return self.view(source, shape, axes)

    def map(
        self, name: str, inputs: Sequence[Value], dtype: Any, compute: Any
    ) -> Value:
        """An elementwise operation; inputs are cast to the dtype it is computed in."""
        shape = np.broadcast_shapes(*(v.shape for v in inputs))
        inputs = [self.spread(v, shape) for v in inputs]
        return self.make(
            "map", inputs, shape, dtype, name=name, compute=np.dtype(compute).name
        )

    def cast(self, x: Value, dtype: Any) -> Value:
        """The same numbers in a dtype."""
        return x if x.dtype == dtype else self.map("astype", [x], dtype, dtype)

    def reshaped(self, x: Value, shape: Shape) -> Value:
        """The same entries in another shape: a view where axes are but cut in parts."""
        axes = _cut(x.shape, shape)
        return (
            self.make("reshape", (x,), shape)
            if axes is None
            else self.view(x, shape, axes)
        )


def _cut(shape: Shape, parts: Shape) -> list[Along] | None:
    """How axes are read by the parts that they are cut in; None: axes are merged."""
    made: list[Along] = []
    left = [(at, n) for at, n in enumerate(parts) if n > 1]
    for n in shape:
        own: list[tuple[int, int]] = []
        while prod(m for _, m in own) < n and left:
            own.append(left.pop(0))
        if prod(m for _, m in own) != n:
            return None
        steps = [prod(m for _, m in own[k + 1 :]) for k in range(len(own))]
        made.append(Along(0, tuple((at, step) for (at, _), step in zip(own, steps))))
    return made


def region_axes(
    key: Sequence[tuple[Any, ...]], arrays: Sequence[Value]
) -> list[tuple[int | None, int]]:
    """The axes of what a key takes: (item of the key, or None for index arrays, n)."""
    axes: list[tuple[int | None, int]] = []
    place: int | None = None
    closed = apart = False
    for at, item in enumerate(key):
        if item[0] in ("slice", "new"):
            axes.append((at, item[3] if item[0] == "slice" else 1))
            closed = place is not None
        elif arrays:
            apart = apart or closed
            place = len(axes) if place is None else place
    if arrays:
        common = np.broadcast_shapes(*(a.shape for a in arrays))
        start = 0 if apart else place or 0
        axes[start:start] = [(None, n) for n in common]
    return axes
