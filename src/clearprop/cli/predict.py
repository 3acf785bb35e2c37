"""``clearprop predict``: weights and rows in, a CSV of predictions out.

One line for each row, in their order: the class as the training data called it, or the
numbers. The function that runs is named on stderr, for it is code of the file's own.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from clearprop.cli import output, target
from clearprop.errors import ClearpropError

if TYPE_CHECKING:
    import argparse

    import numpy as np

    from clearprop.training.data import Preparation
    from clearprop.training.data.labels import Labels
    from clearprop.training.weights import Weights

Columns = dict[str, list[Any]]


def predict(options: argparse.Namespace) -> None:
    """Predict what the user asked for."""
    from clearprop.training.data import read_data
    from clearprop.training.data.columns import UNTRAINED
    from clearprop.training.predicting import predictions
    from clearprop.training.weights import load_weights

    output.check_places([options.data, options.weights], [options.out])
    weights = load_weights(options.weights)
    if not weights.predict:
        raise ClearpropError(
            f"{options.weights} can't predict: its network gives a loss, and no "
            "prediction"
        )
    prepared = weights.preparation
    if options.probabilities:
        _classes(prepared)
    table = read_data(
        options.data,
        features=target.names(options.features),
        header=options.header,
        trained=UNTRAINED if prepared is None or options.features else prepared.trained,
    )
    x = table.features if prepared is None else prepared.features(table)
    output.tell(f"running {weights.predict} of network.py in {options.weights}")
    columns = _columns(weights, predictions(weights, table, x), options.probabilities)
    if options.format == "json":
        text = output.as_json({"weights": options.weights, "predictions": columns})
    else:
        text = _csv(columns)
    if options.out:
        output.write_file(options.out, text)
    else:
        output.show(text)


def _columns(weights: Weights, found: np.ndarray, probabilities: bool) -> Columns:
    """What is shown of each row, by the name of its column."""
    from clearprop.training.predicting import chosen

    prepared = weights.preparation
    labels = None if prepared is None else prepared.labels
    names = () if prepared is None else prepared.target
    if labels is None or labels.kind == "numbers":
        return {
            _name(names, i, found.shape[1]): _numbers(column)
            for i, column in enumerate(found.T)
        }
    columns: Columns = {_name(names, 0, 1): list(labels.named(chosen(found)))}
    if probabilities:
        columns |= _probabilities(labels, found)
    return columns


def _classes(prepared: Preparation | None) -> None:
    labels = None if prepared is None else prepared.labels
    if labels is None or labels.kind == "numbers":
        raise ClearpropError(
            "--probabilities is for classes, and this network gives numbers: leave it "
            "out"
        )


def _name(names: tuple[str, ...], i: int, count: int) -> str:
    """The target's own name, where it has one that is no number or file."""
    if len(names) == count and not names[i].lstrip("-").isdigit():
        return names[i].removesuffix(".npy")
    return "prediction" if count == 1 else f"prediction_{i + 1}"


def _probabilities(labels: Labels, found: np.ndarray) -> Columns:
    import numpy as np

    if found.shape[1] == 1:
        found = np.hstack([1 - found, found])
    called = labels.named(np.arange(found.shape[1]))
    return {f"p_{name}": _numbers(column) for name, column in zip(called, found.T)}


def _numbers(column: np.ndarray) -> list[float]:
    """As short as they are told apart: 0.1, not 0.10000000149011612."""
    return [float(str(value)) for value in column]


def _csv(columns: Columns) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return file.getvalue()


__all__ = ["predict"]
