"""What the picture of a network shows: the units and weights of each layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.explain.context import Context
from clearprop.write.layers import Layer

SHOWN = 8  # units of a layer that are drawn before some are left out


@dataclass(slots=True)
class Column:
    """The units of one layer."""

    title: str
    subtitle: str
    values: np.ndarray
    terms: np.ndarray | None  # error terms
    weights: np.ndarray | None = None  # [input, unit]
    steps: np.ndarray | None = None
    bias: np.ndarray | None = None
    bias_steps: np.ndarray | None = None
    change: str = "∂L/∂w"  # what the steps are: weight steps, or gradients
    largest: float = 0.0  # of all weights of the network

    @property
    def shown(self) -> list[int | None]:
        """The units that are drawn; None where some are left out."""
        count = len(self.values)
        if count <= SHOWN:
            return list(range(count))
        return [*range(4), None, *range(count - 3, count)]


def columns_of(context: Context) -> list[Column] | None:
    reading = context.reading
    if not reading.chain or not reading.layers:
        return None
    gradients = context.run.gradients
    values = context.run.values
    first = reading.layers[0]
    inputs = _first_example(values.get(first.source), first, _sizes(context, first)[0])
    if inputs is None:
        return None
    name = reading.names.get(first.source, "input")
    if examples_of(context) > 1:
        name += "[{}, 0]" if first.turned else "[0, {}]"
    columns = [Column("input", name, inputs, None)]
    for layer in reading.layers:
        fan_in, units = _sizes(context, layer)
        if np.size(values[layer.weights.node]) != fan_in * units:
            return None  # a stack of matrices
        y = _first_example(values.get(layer.y), layer, units)
        if y is None or len(y) != units or len(columns[-1].values) != fan_in:
            return None
        terms = _first_example(gradients.get(layer.z), layer, units)
        column = Column(layer.name, layer.function or "linear", y, terms)
        column.change = "∂L/∂w" if context.rate is None else "Δw"
        column.weights = _oriented(values[layer.weights.node], layer, fan_in, units)
        column.steps = _scaled(
            context, gradients.get(layer.weights.node), layer, fan_in, units
        )
        if layer.bias is not None:
            column.bias = _per_unit(values[layer.bias.node], units)
            step = gradients.get(layer.bias.node)
            if step is not None and context.rate is not None:
                step = -context.rate[1] * np.asarray(step)
            column.bias_steps = None if step is None else _per_unit(step, units)
        columns.append(column)
    weights = np.concatenate(
        [c.weights.ravel() for c in columns if c.weights is not None]
    )
    sizes = np.abs(weights[np.isfinite(weights)])
    for column in columns:
        column.largest = float(sizes.max(initial=0.0))
    return columns


def _sizes(context: Context, layer: Layer) -> tuple[int, int]:
    shape = np.shape(context.run.values[layer.weights.node])
    if len(shape) == 0:
        return 1, 1
    if len(shape) == 1:
        return shape[0], 1
    return (shape[-1], shape[-2]) if layer.turned else (shape[-2], shape[-1])


def _oriented(value: Any, layer: Layer, fan_in: int, units: int) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if layer.turned and array.ndim == 2:
        array = array.T
    return array.reshape(fan_in, units)


def _scaled(
    context: Context, gradient: Any, layer: Layer, fan_in: int, units: int
) -> np.ndarray | None:
    if gradient is None:
        return None
    array = _oriented(gradient, layer, fan_in, units)
    return array if context.rate is None else -context.rate[1] * array


def _per_unit(value: Any, units: int) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64).reshape(-1)
    return np.resize(array, units) if array.size else np.zeros(units)


def _first_example(value: Any, layer: Layer, units: int) -> np.ndarray | None:
    """The values of a layer's units for the first example."""
    if value is None:
        return None
    array = np.asarray(value, dtype=np.float64)
    if layer.turned and array.ndim == 2:
        array = array.T  # an example is a column
    if not units or array.size % units or not array.size:
        return None
    first: np.ndarray = array.reshape(-1, units)[0]
    return first


def examples_of(context: Context) -> int:
    layer = context.reading.layers[-1]
    units = _sizes(context, layer)[1]
    return int(np.size(context.run.values[layer.y]) // max(units, 1))
