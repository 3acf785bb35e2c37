"""``clearprop train --layers``: data from a file, a network written for it.

The last layer's activation and the loss follow from the target, where they aren't
named: classes get a softmax (or, of two in one unit, a sigmoid), numbers the identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clearprop.cli import target
from clearprop.cli.train import Job
from clearprop.errors import ClearpropError, DataError

if TYPE_CHECKING:
    import argparse

    import numpy as np

    from clearprop.training.data import Preparation, Table
    from clearprop.training.mlp import MLP

_BATCH = 32
_RATES = {"sgd": 0.01, "momentum": 0.01, "nesterov": 0.01}
_RATE = 0.001  # of the optimizers that scale their own steps
_OPTIMIZER = "adam"


@dataclass(frozen=True)
class Ready:
    """Rows as the network takes them."""

    x: np.ndarray
    t: np.ndarray

    @property
    def named(self) -> dict[str, np.ndarray]:
        return {"x": self.x, "t": self.t}


def job_of(options: argparse.Namespace) -> Job:
    """The network, its data and how both are kept."""
    from clearprop.training.data import read_data
    from clearprop.training.mlp import mlp

    units = _units(options.layers)
    if not options.data or not options.target:
        raise ClearpropError("--layers needs --data FILE and --target COLUMN")
    table = read_data(
        options.data,
        target=target.names(options.target),
        features=target.names(options.features),
        header=options.header,
    )
    _fits(units, table)
    last = options.last or _last(table, units[-1])
    net = mlp(
        units,
        hidden=options.hidden or "relu",
        output=last,
        loss=_loss(options, last),
        seed=options.seed,
        dtype="float64" if options.float64 else "float32",
    )
    kept, held = (
        (table, None)
        if options.validation is None
        else table.split(options.validation, options.seed)
    )
    preparation = _preparation(table, kept, net, options)
    ready = _ready(kept, preparation, net)
    held_out = None if held is None else _ready(held, preparation, net)
    optimizer = options.optimizer or _OPTIMIZER
    rate, size = options.learning_rate, options.batch_size
    rate = _RATES.get(optimizer, _RATE) if rate is None else rate
    size = _BATCH if size is None else size
    return Job(
        [
            _rows(table, preparation, held),
            f"{net!r}"[1:-1],
            f"{optimizer}, learning rate {rate:g}, batches of {size}",
        ],
        net,
        net.params,
        ready.named,
        {
            "learning_rate": rate,
            "batch_size": size,
            "optimizer": optimizer,
            "validation": None if held_out is None else held_out.named,
        },
        {"source": net.source, "predict": "predict", "preparation": preparation},
        _score(net, preparation, held_out or ready, held is not None),
    )


def _units(text: str) -> list[int]:
    try:
        units = [int(part) for part in text.split(",")]
    except ValueError:
        units = []
    if len(units) < 2 or min(units) < 1:
        raise ClearpropError(
            f"--layers {text}: give the units of each layer, inputs first, such as "
            "64,32,10"
        )
    return units


def _fits(units: list[int], table: Table) -> None:
    shape = table.features.shape[1:]
    if len(shape) != 1:
        raise DataError(
            f"{table.source}: examples have shape {shape}, and layers take rows of "
            "numbers: reshape them to (rows, numbers)"
        )
    if shape[0] != units[0]:
        raise DataError(
            f"{table.source} has {_many(shape[0], 'column')} of features, and --layers "
            f"begins with {_many(units[0], 'unit')}: they must be as many"
        )


def _last(table: Table, outputs: int) -> str:
    """The activation of the last layer that the target asks for."""
    from clearprop.training.data.labels import looks_like_classes

    if looks_like_classes(table):
        return "softmax" if outputs > 1 else "sigmoid"
    assert table.target is not None
    return "softmax" if outputs > 1 and table.target.ndim == 1 else "identity"


def _loss(options: argparse.Namespace, last: str) -> str | None:
    """The loss; rows with a single 1 have one of their own."""
    from clearprop.training.formulas import activation_named, loss_named

    loss: str | None = options.loss
    if not options.one_hot:
        return loss
    found = loss_named(loss, activation_named(last, "output"))
    if found.targets != "labels":
        return loss
    if loss is None:
        return "categorical_cross_entropy"
    raise ClearpropError(
        f"--one-hot gives rows with a single 1, and --loss {loss} takes labels: leave "
        "--one-hot out, or take categorical_cross_entropy"
    )


def _preparation(
    table: Table, kept: Table, net: MLP, options: argparse.Namespace
) -> Preparation:
    """Scaling by the rows that are trained on; classes of all that there are."""
    from dataclasses import replace

    from clearprop.training.data import Preparation
    from clearprop.training.data.labels import labels_of, looks_like_classes
    from clearprop.training.formulas import LOSSES

    kinds = {"labels": "classes", "one-hot rows": "onehot"}
    kind = kinds.get(LOSSES[net.loss].targets, "numbers")
    kind = "onehot" if options.one_hot else kind
    count: int | None = net.sizes[-1]
    if count == 1 and looks_like_classes(table):
        kind, count = "classes", None
    labels = labels_of(table, kind, count)
    if labels.count == 1:
        raise DataError(
            f"{table.source}, column {table.target_name()}: there is one class only: "
            "there is nothing to tell apart"
        )
    if count is None and labels.count != 2:
        raise DataError(
            f"{table.source}, column {table.target_name()}: there are {labels.count} "
            f"classes: give the last layer {labels.count} units, not 1"
        )
    if kind == "numbers":
        _as_wide(table, net.sizes[-1])
    dtype = str(next(iter(net.params.values())).dtype)
    return replace(
        Preparation.of(kept, scale=options.scale, dtype=dtype), labels=labels
    )


def _as_wide(table: Table, outputs: int) -> None:
    target = table.target
    columns = 1 if target is None or target.ndim == 1 else target.shape[1]
    if columns != outputs:
        raise DataError(
            f"{table.source}: the target has {_many(columns, 'column')}, and --layers "
            f"ends with {_many(outputs, 'unit')}: they must be as many"
        )


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _ready(table: Table, preparation: Preparation, net: MLP) -> Ready:
    """In the network's precision; rows that stay in their file as they are."""
    from clearprop.training.data.preparation import narrowed

    x, t = preparation.features(table), preparation.target_of(table)
    labels = preparation.labels
    if labels is None or labels.kind != "classes" or net.sizes[-1] == 1:
        t = narrowed(table, t, preparation.dtype, table.target_name())
    return Ready(x, t)


def _rows(table: Table, preparation: Preparation, held: Table | None) -> str:
    count = len(table)
    labels = preparation.labels
    what = "numbers"
    if labels is not None and labels.kind != "numbers":
        what = f"{labels.count} classes"
    columns = table.target_names
    named = ("target" if c.lstrip("-").isdigit() else c for c in columns)
    goal = ", ".join(dict.fromkeys(named)) or "target"
    apart = "" if held is None else f", {len(held)} of them held out"
    return f"{table.source}: {count} rows{apart}; {goal}: {what}"


def _score(net: MLP, preparation: Preparation, rows: Ready, held: bool) -> Any:
    """The share of right classes, in words and as a number; None for numbers."""
    labels = preparation.labels
    if labels is None or labels.kind == "numbers":
        return None

    def score(params: Any) -> tuple[str, float]:
        from clearprop.training.predicting import chosen, in_blocks

        right = 0
        for start, found in in_blocks(net.predict, rows.x, params):
            t = rows.t[start : start + len(found)]
            right += int((chosen(found) == (t if t.ndim == 1 else t.argmax(1))).sum())
        share = right / len(rows.x)
        where = "held out" if held else "of the training"
        return f"{share:.2%} of the rows {where} get their right class", share

    return score


__all__ = ["job_of"]
