"""Remarks on the way back: where a gradient ends, shrinks, grows or is not a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clearprop.explain.context import Context
from clearprop.explain.remark import Remark, brief
from clearprop.explain.roles import role_of
from clearprop.explain.run import Record
from clearprop.write.layers import Layer

# Error terms that shrink or grow by more than this, from the output to the first layer.
SHRINKS, GROWS = 1e-3, 1e3


def first_zero(context: Context) -> Iterator[Remark]:
    """Where a gradient first becomes exactly zero, and which factor is to blame."""
    back = [r for r in context.run.records if r.line.section == "backward"]
    for i, record in enumerate(back):
        value = np.asarray(record.value)
        last = not any(r.line.target == record.line.target for r in back[i + 1 :])
        if not value.size or np.any(value != 0) or record.line.of is None or not last:
            continue
        role = role_of(
            context.reading, context.reading.gradient_of[record.line.target],
            record.line.target,
        )  # fmt: skip
        what = f"{record.line.target} ({role.title})"
        later = [np.any(np.asarray(r.value) != 0) for r in back[i + 1 :]]
        all_zero = " Every gradient after it is zero as well."
        yield Remark(
            "zero",
            f"The gradient becomes exactly zero at {what}: {_blame(record)}"
            + (all_zero if later and not any(later) else ""),
            record.line.target,
        )
        return


def _blame(record: Record) -> str:
    zero = [
        code
        for code, value in zip(record.parts.pieces, record.pieces, strict=True)
        if np.size(value) and not np.any(np.asarray(value) != 0)
    ]
    if zero:
        every = (
            "is 0"
            if np.ndim(record.pieces[record.parts.pieces.index(zero[0])]) == 0
            else "is 0 everywhere"
        )
        return f"the factor {zero[0]} {every}."
    if record.parts.kind == "whole" and record.parts.pieces:
        return f"{record.parts.pieces[0]} is 0."
    if record.parts.kind == "sum":
        return "its contributions cancel."
    tiny = [np.abs(np.asarray(v, dtype=np.float64)) for v in record.pieces]
    product = 1.0
    for array in tiny:
        product *= float(array.max()) if array.size else 0.0
    if record.parts.kind == "product" and product < np.finfo(float).tiny:
        return "its factors are so small that their product underflows."
    return "wherever one factor is not 0, another is."


def shrinking(context: Context) -> Iterator[Remark]:
    """Error terms that vanish or explode on the way back, through layers or in time."""
    for first, last, where in _ends(context):
        after, before = (_rms(context.run.gradients.get(la.z)) for la in (first, last))
        if not after or not before or SHRINKS < after / before < GROWS:
            continue
        ratio = after / before
        vanishes = ratio < 1
        words = _WORDS["vanishing" if vanishes else "exploding"]
        far, near = where
        yield Remark(
            "vanishing" if vanishes else "exploding",
            f"The error terms {words[0]} on the way back: {far} δ is "
            f"{_times(1 / ratio if vanishes else ratio)} times {words[1]} than {near} "
            f"(root mean square {brief(after)} and {brief(before)}). {words[2]}",
            far,
        )


_WORDS = {
    "vanishing": ("vanish", "smaller", "What is far from the loss hardly learns."),
    "exploding": (
        "explode",
        "larger",
        "A step that suits the last layer throws the first ones about.",
    ),
}


def _ends(context: Context) -> Iterator[tuple[Layer, Layer, tuple[str, str]]]:
    """The layer farthest from the loss and the nearest, and what to call them."""
    layers = context.reading.layers
    if context.reading.chain and len(layers) > 1:
        names = (f"in the {layers[0].name}", f"in the {layers[-1].name}")
        yield layers[0], layers[-1], names
        return
    for leaf in dict.fromkeys(la.weights.node for la in layers):
        uses = [la for la in layers if la.weights.node is leaf]
        if len(uses) > 2:  # a recurrent network, step by step
            label = uses[0].weights.label
            yield uses[0], uses[-1], (f"at the first use of {label}", "at the last")


def _rms(gradient: Any) -> float:
    value = np.asarray(0.0 if gradient is None else gradient, dtype=np.float64)
    if not value.size or not np.isfinite(value).all():
        return 0.0
    top = float(np.abs(value).max())
    return top * float(np.sqrt(np.mean((value / top) ** 2))) if top else 0.0


def not_finite(context: Context) -> Iterator[Remark]:
    """The first value, forward and then backward, with nan or inf in it."""
    for leaf in context.reading.program.request.leaves:
        value = np.asarray(context.point[leaf.node])
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            kind = "nan" if np.isnan(value).any() else "inf"
            yield Remark(
                "not finite",
                f"{leaf.label} comes with {kind} in it, and so does everything that is "
                "computed from it.",
                leaf.label,
            )
            return
    for record in context.run.records:
        value = np.asarray(record.value)
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            kind = "nan" if np.isnan(value).any() else "inf"
            if kind == "inf" and not _spreads(context):
                return  # a mask of -inf, say: it ends where it should
            count = int((~np.isfinite(value)).sum())
            how = "is" if value.ndim == 0 else f"has {count} of {value.size} entries"
            yield Remark(
                "not finite",
                f"{record.line.target} is the first value that is not finite: it {how} "
                f"{kind}.",
                record.line.target,
            )
            return


def _spreads(context: Context) -> bool:
    """Whether the loss or a gradient is not finite in the end."""
    ends = [context.run.loss, *context.run.gradients.values()]
    return not all(np.isfinite(np.asarray(v, dtype=np.float64)).all() for v in ends)


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio < 1e6 else f"{ratio:.1e}"
