"""``mlp``: a dense network's forward pass, written as the NumPy that one would write.

Sizes and names go in, an ``MLP`` comes out: a module's source with ``forward`` (the
loss) and ``predict`` (the output), both to be read, changed, derived and trained like
any other forward pass, and the weights that training begins with.
"""

from __future__ import annotations

import linecache
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.training.formulas import LOSSES, Activation, activation_named, loss_named
from clearprop.training.initial import initial_weights, rule_named
from clearprop.training.mlp_source import written

_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def mlp(
    sizes: Sequence[int],
    *,
    hidden: str | Sequence[str] = "relu",
    output: str = "identity",
    loss: str | None = None,
    initial: str | None = None,
    seed: Any = 0,
    dtype: Any = np.float32,
) -> MLP:
    """Write the forward pass of a dense network.

    Parameters
    ----------
    sizes
        Units of every layer, from the inputs to the outputs: ``[784, 128, 10]``.
    hidden
        The activation of all hidden layers, or one for each.
    output
        The activation of the last layer: ``"identity"``, ``"sigmoid"``, ``"softmax"``,
        or any other.
    loss
        Left out: ``"mean_squared_error"``, after a sigmoid ``"binary_cross_entropy"``,
        after softmax ``"sparse_categorical_cross_entropy"`` (targets are labels).
    initial
        How all weights are drawn, such as ``"he_normal"``; left out: He for ReLU and
        its kin, LeCun for SELU, Glorot for the others. Biases are 0.
    seed
        Of the initial weights: what ``numpy.random.default_rng`` takes.
    dtype
        float32 or float64.

    Raises
    ------
    ClearpropError
        Where a size is no positive whole number, a name is unknown, or the loss doesn't
        fit the output.
    """
    units = _units(sizes)
    row = activation_named(output, "output")
    rows = [*_hidden(hidden, len(units) - 2), row]
    if row.name == "softmax" and units[-1] == 1:
        raise ClearpropError(
            "softmax of a single output is always 1: use output='sigmoid', or an "
            "output for each class"
        )
    chosen = loss_named(loss, row)
    if chosen.targets == "one-hot rows" and units[-1] == 1:
        raise ClearpropError(
            f"loss={loss!r} needs an output for each class: this network has only one"
        )
    rules = [a.initial for a in rows]
    if initial is not None:
        rules = [rule_named(initial)] * len(rows)
    return MLP(
        sizes=units,
        hidden=tuple(a.name for a in rows[:-1]),
        output=row.name,
        loss=chosen.name,
        source=written(units, rows, chosen),
        params=initial_weights(units, rules, _generator(seed), _dtype(dtype)),
    )


@dataclass(repr=False, eq=False)
class MLP:
    """A dense network: its source, its functions and its parameters."""

    sizes: tuple[int, ...]
    hidden: tuple[str, ...]
    output: str
    loss: str
    source: str
    params: dict[str, np.ndarray]
    forward: Callable[..., Any] = field(init=False)
    _predict: Callable[..., Any] = field(init=False)

    def __post_init__(self) -> None:
        """Run the source; its lines can be read by whoever traces it."""
        name = "-".join(map(str, self.sizes))
        file = f"<mlp {name} {crc32(self.source.encode()):08x}>"
        lines = self.source.splitlines(keepends=True)
        linecache.cache[file] = (len(self.source), None, lines, file)
        module: dict[str, Any] = {"__name__": "mlp"}
        exec(compile(self.source, file, "exec"), module)
        self.forward, self._predict = module["forward"], module["predict"]

    def predict(self, x: Any, params: Mapping[str, Any] | None = None) -> Any:
        """The network's output for each row of ``x``, with its own or other parameters.

        After a softmax these are probabilities; ``.argmax(axis=1)`` are the labels.
        """
        rows = np.asarray(x)
        if rows.ndim != 2 or rows.shape[1] != self.sizes[0]:
            raise ClearpropError(
                f"predict takes rows of {self.sizes[0]} numbers, an array of shape "
                f"(N, {self.sizes[0]}): this one has the shape {rows.shape}"
            )
        return self._predict(rows, **(self.params if params is None else params))

    def refuse(self, data: Mapping[str, Any], where: str = "data") -> None:
        """Raise where ``x`` or ``t`` can't be this network's, in one sentence."""
        from clearprop.training.mlp_data import refused

        why = refused(self.sizes, LOSSES[self.loss].targets, data, where)
        if why:
            raise ClearpropError(why)

    def __repr__(self) -> str:
        count = sum(value.size for value in self.params.values())
        dtype = next(iter(self.params.values())).dtype
        names = [*dict.fromkeys(self.hidden), self.output, self.loss]
        layers = "-".join(map(str, self.sizes))
        return f"<mlp {layers}: {', '.join(names)}; {count} parameters, {dtype}>"

    def __getstate__(self) -> dict[str, Any]:
        """All but the functions: they are in the source."""
        made = ("forward", "_predict")
        return {k: v for k, v in vars(self).items() if k not in made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()


def _units(sizes: Any) -> tuple[int, ...]:
    given = list(sizes) if isinstance(sizes, Iterable) else []
    if isinstance(sizes, str) or len(given) < 2:
        raise ClearpropError(
            f"sizes={sizes!r} can't be: list the units of each layer, inputs first and "
            "outputs last, as in [784, 128, 10]"
        )
    return tuple(_unit(size, sizes) for size in given)


def _unit(size: Any, sizes: Any) -> int:
    try:
        count = 0 if isinstance(size, bool | np.bool_) else operator.index(size)
    except TypeError:
        count = 0
    if count < 1:
        raise ClearpropError(
            f"sizes={sizes!r} can't be: {size!r} is no positive whole number"
        )
    return count


def _hidden(hidden: Any, count: int) -> list[Activation]:
    if isinstance(hidden, str) or not isinstance(hidden, Iterable):
        return [activation_named(hidden, "hidden")] * count
    names = list(hidden)
    if len(names) != count:
        raise ClearpropError(
            f"hidden={names!r} names {len(names)} activations for {count} hidden "
            f"layer{'' if count == 1 else 's'}: give one name for all, or one for each"
        )
    return [activation_named(name, "hidden") for name in names]


def _generator(seed: Any) -> np.random.Generator:
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise ClearpropError(
            f"seed={seed!r} can't be: use a whole number from 0 on"
        ) from None


def _dtype(dtype: Any) -> np.dtype:
    try:
        found: np.dtype | None = None if dtype is None else np.dtype(dtype)
    except TypeError:
        found = None
    if found is None or found not in _DTYPES:  # NumPy takes None for float64
        raise ClearpropError(f"dtype={dtype!r} can't be: use float32 or float64")
    return found


__all__ = ["MLP", "mlp"]
