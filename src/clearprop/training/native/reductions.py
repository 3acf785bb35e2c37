"""Reductions in C: where a sum is gathered, how it begins, takes an entry and ends.

A sum along a row is gathered in a variable of the row (or a small array), a sum over
the rows in a variable of the step or straight in its buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.training.native.access import flat, loop_index, looped
from clearprop.training.native.lines import Lines
from clearprop.training.native.schedule import is_late
from clearprop.training.native.spelling import c_type, literal
from clearprop.training.native.values import Index, Value

# How a reduction begins, how it takes an entry, and OpenMP's word for it.
_SUMS: dict[str, tuple[Any, str, str]] = {
    "sum": (0, "{r} += {x};", "+"),
    "prod": (1, "{r} *= {x};", "*"),
    "any": (0, "{r} |= {x} != 0;", "|"),
    "all": (1, "{r} &= {x} != 0;", "&"),
}
# An extreme keeps nan, which a comparison would lose: ``{r}_nan`` counts them.
_EXTREMES = {"max": ("-inf", ">"), "min": ("inf", "<")}


class Reductions:
    """Writes them; ``kept`` says how each is kept, ``read`` reads an entry."""

    def __init__(
        self, kept: Mapping[Value, str], read: Callable[[Value, Index], str], out: Lines
    ) -> None:
        """``kept`` may grow while units are written."""
        self.kept = kept
        self.read = read
        self.out = out

    def target(self, v: Value) -> str:
        """What a reduction gathers into: a variable, or an entry of an array."""
        if self.kept[v] == "number":
            return f"a{v.index}"
        axes = [
            i for axis, i in enumerate(loop_index(v.inputs[0].shape))
            if axis not in v.params["axes"]
        ]  # fmt: skip
        if self.kept[v] == "buffer" and scattered(v):
            return f"w->v{v.index}[{flat(tuple(axes), v.shape)}]"
        shape = row_shape(v)
        if not shape:
            return f"a{v.index}"
        inner = [i for i in axes if i != "i"]
        kept = tuple(n for n, i in zip(v.shape, axes) if i != "i")
        return f"a{v.index}[{flat(tuple(inner), kept)}]"

    def begin(self, v: Value) -> None:
        """Before the loop: where it is gathered, and the first value."""
        name, target = v.params["name"], f"a{v.index}"
        kind = _accumulator(v)
        if name in _EXTREMES:
            value = _first(name, v.dtype)
        else:
            value = literal(_SUMS[name][0], np.int64)
        if self.kept[v] == "buffer" and scattered(v):
            entry = f"w->v{v.index}[n]"
            self.out(f"for (int64_t n = 0; n < {v.size}; n++) {entry} = {value};")
        elif self.kept[v] == "number" or not row_shape(v):
            self.out(f"{kind} {target} = {value};")
            if name in _EXTREMES and v.dtype.kind == "f":
                self.out(f"int {target}_nan = 0;")
        else:
            size = int(np.prod(row_shape(v)))
            self.out(f"{kind} {target}[{size}];")
            self.out(f"for (int64_t n = 0; n < {size}; n++) {target}[n] = {value};")

    def take(self, v: Value) -> None:
        """In the loop: one more entry."""
        name, target = v.params["name"], self.target(v)
        x = self.read(v.inputs[0], loop_index(v.inputs[0].shape))
        if name in _SUMS:
            self.out(_SUMS[name][1].format(r=target, x=x))
            return
        sign = _EXTREMES[name][1]
        if target == f"a{v.index}":
            self.out(f"{target} = {x} {sign} {target} ? {x} : {target};")
            if v.dtype.kind == "f":
                self.out(f"{target}_nan |= {x} != {x};")
        else:
            self.out(
                f"{target} = ({x} {sign} {target} || {x} != {x}) ? {x} : {target};"
            )

    def end(self, v: Value) -> None:
        """Give what was gathered the name that readers know."""
        kept, target = self.kept[v], f"a{v.index}"
        if kept == "buffer" and scattered(v):
            return
        kind = c_type(v.dtype)
        shape = () if kept == "number" else row_shape(v)
        value = target
        if v.params["name"] in _EXTREMES and v.dtype.kind == "f" and not shape:
            suffix = "f" if v.dtype == np.float32 else ""
            value = f'{target}_nan ? __builtin_nan{suffix}("") : {target}'
        if kept == "number":
            self.out(f"const {kind} v{v.index} = {value};")
        elif not shape:
            self.out(f"const {kind} r{v.index} = {value};")
            if kept == "buffer":
                at = flat(loop_index(v.shape), v.shape)
                self.out(f"w->v{v.index}[{at}] = r{v.index};")
        else:
            self.out(f"const {kind} *const r{v.index} = {target};")
            if kept == "buffer":
                size = int(np.prod(shape))
                self.out(
                    f"for (int64_t n = 0; n < {size}; n++) "
                    f"w->v{v.index}[i * {size} + n] = r{v.index}[n];"
                )

    def pragma(self, values: Sequence[Value]) -> str:
        """What says of a loop that these sums may be gathered in any order."""
        clauses: dict[str, list[str]] = {}
        for v in values:
            name, target = v.params["name"], f"a{v.index}"
            word = _SUMS[name][2] if name in _SUMS else name
            clauses.setdefault(word, []).append(target)
            if name in _EXTREMES and v.dtype.kind == "f":
                clauses.setdefault("|", []).append(f"{target}_nan")
        if not clauses:
            return ""
        return "#pragma omp simd " + " ".join(
            f"reduction({word}:{','.join(names)})" for word, names in clauses.items()
        )


def row_shape(v: Value) -> tuple[int, ...]:
    """What one row of a nest has of a value; a late value is no row's."""
    if v.op == "reduce" and is_late(v):
        return tuple(n for _, n in looped(v.shape))
    return tuple(n for _, n in looped(v.shape)[1:])


def scattered(v: Value) -> bool:
    """Whether a reduction gathers straight into its buffer."""
    return is_late(v) and v.size > 1


def _accumulator(v: Value) -> str:
    """Sums to one number are gathered in double precision: they may be long."""
    if v.params["name"] == "sum" and v.dtype == np.float32 and v.size == 1:
        return "double"
    return c_type(v.dtype)


def _first(name: str, dtype: np.dtype) -> str:
    if dtype.kind == "f":
        return literal(float(_EXTREMES[name][0]), dtype)
    limits = np.iinfo(np.uint8 if dtype.kind == "b" else dtype)
    if name == "min":
        return literal(limits.max, dtype)
    return "INT64_MIN" if limits.min == -(2**63) else literal(limits.min, dtype)
