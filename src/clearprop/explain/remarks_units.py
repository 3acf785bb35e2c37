"""Remarks on units: saturated, one-hot, dead, or copies of each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from clearprop.explain.context import Context
from clearprop.explain.numbers import scalar
from clearprop.explain.remark import Remark, brief
from clearprop.explain.roles import name_of
from clearprop.graph import Node
from clearprop.write.layers import users_of
from clearprop.write.reading import Reading

# Below these slopes next to nothing passes back; the sigmoid's largest slope is 1/4,
# that of tanh 1.
FLAT = 1e-4
# An output this near to 0 or 1 is called one-hot.
NEARLY_ONE = 1 - 1e-6
# Scores this far below the largest are taken for masked.
MASKED = 1e5

_SATURATES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "sigmoid": (lambda y: y * (1 - y), "{0} * (1 - {0})"),
    "tanh": (lambda y: 1 - y * y, "1 - {0}**2"),
}


def saturated(context: Context) -> Iterator[Remark]:
    """Units whose slope is so small that almost nothing passes back."""
    reading = context.reading
    for node in reading.forward:
        if node.op.name not in _SATURATES or node not in context.run.values:
            continue
        slope_of, formula = _SATURATES[node.op.name]
        y = np.asarray(context.run.values[node], dtype=np.float64)
        slope = slope_of(y)
        with np.errstate(invalid="ignore"):
            flat = np.isfinite(y) & (slope < FLAT)
        count = int(flat.sum())
        if not count:
            continue
        name = _called(reading, node)
        code = name if name.isidentifier() else "y"
        if y.ndim == 0 or y.size == 1 or count == 1:
            at = np.unravel_index(int(np.argmax(flat)), y.shape) if y.ndim else ()
            unit = f"{name}{_index(at)}" if y.size > 1 else name
            value, least = float(y[at]), float(slope[at])
            passes = "nothing passes" if least == 0 else "almost nothing passes"
            text = (
                f"{unit} is {_close(value)}: the {node.op.name} is saturated, its "
                f"slope {formula.format(code)} is {brief(least)}, and {passes} back "
                "through it."
            )
        else:
            text = (
                f"{count} of {y.size} entries of {name} are saturated: the slope "
                f"{formula.format(code)} of the {node.op.name} is below {FLAT:g} there "
                f"(the smallest is {brief(float(slope[flat].min()))}), and almost "
                "nothing passes back through them."
            )
        yield Remark("saturated", text, name)


def one_hot(context: Context) -> Iterator[Remark]:
    """A softmax that has put everything on one class."""
    for node, axis, at_the_loss in _softmaxes(context.reading):
        scores = np.asarray(context.run.values.get(node, np.nan), dtype=np.float64)
        if not scores.size or not np.isfinite(scores).all() or len(axis) != 1:
            continue
        if scores.ndim <= axis[0] or scores.shape[axis[0]] < 2:
            continue
        less = scores - scores.max(axis=axis, keepdims=True)
        rivals = (less > -MASKED).sum(axis=axis) > 1
        total = np.exp(less).sum(axis=axis)
        rest = (total - 1) / total  # what the other classes have
        full = (rest < 1 - NEARLY_ONE) & rivals
        if not full.any():
            continue
        name = _called(context.reading, node)
        rows = f"In {int(full.sum())} of {full.size} rows the softmax"
        which = "The softmax" if full.size == 1 else rows
        left = float(np.asarray(rest)[full].min())
        share = f"all but {brief(left)}" if left > 0 else "everything"
        text = f"{which} of {name} has put {share} on one class: "
        yield Remark("one-hot", text + _ONE_HOT[at_the_loss], name)


_ONE_HOT = {
    True: "where that class is right the gradient is next to nothing, where it is "
    "wrong the scores must come down a long way before anything else is learned.",
    False: "its slope is next to nothing there, and almost nothing passes back to the "
    "scores.",
}


def _softmaxes(reading: Reading) -> list[tuple[Node, tuple[int, ...], bool]]:
    """Scores, the axes of their softmax, and whether its logarithm is the loss's."""
    found: dict[tuple[Node, tuple[int, ...]], bool] = {}
    for node in reading.forward:
        if node.op.name in ("softmax", "log_softmax"):
            key = (node.inputs[0], node.params["axis"])
            found[key] = found.get(key, False) or node.op.name == "log_softmax"
    items = sorted(found.items(), key=lambda item: item[0][0].index)
    return [(scores, axis, at_the_loss) for (scores, axis), at_the_loss in items]


def dead_units(context: Context) -> Iterator[Remark]:
    """Units that are inactive for every example, and layers without an active one."""
    layers = {la.y for la in context.reading.layers}
    for node in context.reading.forward:
        if node.op.name != "relu" or node not in context.run.values:
            continue
        y = np.asarray(context.run.values[node])
        if not y.size or np.isnan(y).any():
            continue
        if node not in layers and not (y.ndim > 2 and (y <= 0).all()):
            continue  # a hinge, or a map of a convolution
        name = _called(context.reading, node)
        units = y.reshape(-1, y.shape[-1]) if y.ndim else y.reshape(1, 1)
        dead = np.flatnonzero((units <= 0).all(axis=0))
        examples = units.shape[0]
        when = "for this example" if examples == 1 else f"for all {examples} examples"
        if not dead.size:
            continue
        if dead.size == units.shape[1]:
            subject = "The unit" if dead.size == 1 else f"All {dead.size} units"
            verb = "is" if dead.size == 1 else "are"
            text = (
                f"{subject} of {name} {verb} inactive {when}: ReLU's slope is 0 there, "
                "nothing passes back, and no layer before it learns."
            )
            yield Remark("dead layer", text, name)
            continue
        listed = ", ".join(str(int(i)) for i in dead[:6]) + (
            ", …" if dead.size > 6 else ""
        )
        plural = "s" if dead.size > 1 else ""
        yield Remark(
            "dead units",
            f"Unit{plural} {listed} of {name} ({dead.size} of {units.shape[1]}) "
            f"{'are' if plural else 'is'} inactive {when}: ReLU passes nothing back "
            f"through {'them' if plural else 'it'}.",
            name,
        )


def twins(context: Context) -> Iterator[Remark]:
    """Units that compute the same and receive the same: they stay copies."""
    reading = context.reading
    gradients = {
        reading.gradient_of.get(r.line.target): r.value for r in context.run.records
    }
    for layer in reading.layers[:-1]:
        step = gradients.get(layer.weights.node)
        value = context.run.values.get(layer.weights.node)
        if step is None or value is None or np.ndim(value) != 2:
            continue
        step, value = np.asarray(step), np.asarray(value)
        if layer.turned:
            step, value = step.T, value.T
        if value.shape[1] < 2 or not value.shape[0] or not np.isfinite(step).all():
            continue
        same = (value == value[:, :1]).all() and np.allclose(
            step, step[:, :1], rtol=1e-12, atol=0
        )
        if same and np.any(step != 0):
            place = layer.name or layer.weights.label
            yield Remark(
                "twins",
                f"All {value.shape[1]} units of the {place} have equal weights in "
                f"{layer.weights.label} and receive equal gradients: they stay copies "
                "of one unit. Start from random weights.",
                layer.weights.label,
            )


# -- words ----------------------------------------------------------------------------


def _called(reading: Reading, node: Node) -> str:
    name = name_of(reading, node)
    if name is not None:
        return name.strip("()") if name.startswith("(") else name
    for layer in reading.layers:
        if layer.y is node and layer.name:
            return f"the {layer.name}"
    users = [u for u in users_of(reading.forward).get(node, []) if u in reading.names]
    if users:
        return f"the {node.op.name} inside {reading.names[users[0]]}"
    return f"a {node.op.name}"


def _index(at: tuple[Any, ...]) -> str:
    return f"[{', '.join(str(int(i)) for i in at)}]" if at else ""


def _close(value: float) -> str:
    """Enough digits to tell a value from 0 or 1."""
    text = scalar(value)
    if text in ("1", "-1") and abs(value) != 1:
        gap = 1 - abs(value)
        return f"{'-' if value < 0 else ''}1 less {gap:.2g}"
    return text
