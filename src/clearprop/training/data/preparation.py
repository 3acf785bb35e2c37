"""Preparation: how a table becomes what the network takes, remembered for new data.

Scaling, only when it is asked for, by the numbers of the training rows; the labels'
meaning; the columns' names. Kept as JSON beside the weights, so that ``predict`` does
to new rows what training did to its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from clearprop.errors import DataError
from clearprop.training.data.columns import Trained
from clearprop.training.data.labels import Labels, labels_of
from clearprop.training.data.table import Table, not_finite

SCALES = ("standardize", "minmax")
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Scaling:
    """x ↦ (x − shift) / width, feature by feature; a constant feature's width is 1."""

    kind: str
    shift: tuple[float, ...]
    width: tuple[float, ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        made: np.ndarray = (x - np.array(self.shift)) / np.array(self.width)
        return made


@dataclass(frozen=True)
class Preparation:
    """What training learned of its data beside the weights.

    ``shape`` is that of one example; ``names`` are those of the features, where they
    have any.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...] = ()
    scaling: Scaling | None = None
    labels: Labels | None = None
    target: tuple[str, ...] = ()
    dtype: str = ""  # of the examples that the network takes; empty: as they are

    @classmethod
    def of(
        cls,
        table: Table,
        *,
        scale: str | None = None,
        labels: str | None = None,
        classes: int | None = None,
        dtype: str = "",
    ) -> Preparation:
        """How the training rows are prepared.

        Parameters
        ----------
        scale
            ``"standardize"``: mean 0 and standard deviation 1 (of the population);
            ``"minmax"``: from 0 to 1. Left out, the numbers stay as they are.
        labels
            ``"numbers"``, ``"classes"`` (whole numbers from 0) or ``"onehot"``.
        classes
            How many classes the network tells apart.
        dtype
            ``"float32"`` or ``"float64"``: what examples in memory become.
        """
        if dtype and dtype not in DTYPES:
            raise DataError(f"dtype={dtype!r} is unknown: use {' or '.join(DTYPES)}")
        return cls(
            table.features.shape[1:],
            table.names,
            None if scale is None else _scaling(table, scale),
            None if labels is None else labels_of(table, labels, classes),
            table.target_names,
            dtype,
        )

    @property
    def trained(self) -> Trained:
        """What new data is to have, for ``read_data``."""
        width = self.shape[0] if len(self.shape) == 1 else 0
        return Trained(self.names, self.target, width)

    def features(self, table: Table) -> np.ndarray:
        """The examples as the network takes them."""
        shape = table.features.shape[1:]
        if shape != self.shape:
            raise DataError(
                f"{table.source} has {_size(shape)} in a row, the network takes "
                f"{_size(self.shape)}"
            )
        x = table.features if self.scaling is None else self.scaling(table.features)
        if self.dtype and not table.mapped:
            x = narrowed(table, x, self.dtype)
        return x

    def target_of(self, table: Table) -> np.ndarray:
        """The targets as the loss takes them."""
        labels = self.labels or Labels("numbers")
        return labels.of(table)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Preparation:
        """The same preparation again. KeyError or TypeError where it isn't one."""
        scaling, labels = found["scaling"], found["labels"]
        return cls(
            tuple(found["shape"]),
            tuple(found["names"]),
            scaling and Scaling(**{k: _frozen(v) for k, v in scaling.items()}),
            labels and Labels(**{k: _frozen(v) for k, v in labels.items()}),
            tuple(found["target"]),
            str(np.dtype(found["dtype"])) if found["dtype"] else "",
        )


def narrowed(
    table: Table, values: np.ndarray, dtype: str, column: str = ""
) -> np.ndarray:
    """Numbers of a table in a precision, if that can hold them."""
    with np.errstate(over="ignore"):
        found: np.ndarray = values.astype(dtype, copy=False)
    bad = None if found is values else not_finite(found)
    if bad is not None:
        row, *index = bad
        place = table.place(row, column or table.feature_name(index))
        raise DataError(f"{place}: {values[bad]:g} is too large for {dtype}: scale it")
    return found


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _scaling(table: Table, kind: str) -> Scaling:
    if kind not in SCALES:
        raise DataError(f"scale={kind!r} is unknown: use one of {', '.join(SCALES)}")
    x = table.features
    if table.mapped:
        raise DataError(
            f"{table.source} is read from its file as it is needed, and scaling would "
            "copy it into memory: scale the file beforehand"
        )
    if x.ndim != 2:
        raise DataError(
            f"{table.source}: examples of shape {x.shape[1:]} can't be scaled by "
            "columns: make rows of numbers of them"
        )
    if kind == "standardize":
        shift, width = x.mean(axis=0, dtype=float), x.std(axis=0, dtype=float)
    else:
        shift = x.min(axis=0).astype(float)
        width = x.max(axis=0).astype(float) - shift
    # A column of equal numbers may have a spread of rounding only: 0.1, three times.
    constant = x.max(axis=0) == x.min(axis=0)
    shift[constant], width[constant] = x[0, constant], 1.0
    for i in np.flatnonzero(~np.isfinite(shift) | ~np.isfinite(width)):
        raise DataError(
            f"{table.source}, column {table.feature_name((int(i),))}: its numbers are "
            "too large to be scaled"
        )
    for i in np.flatnonzero(width == 0):
        raise DataError(
            f"{table.source}, column {table.feature_name((int(i),))}: its numbers are "
            "too close together to be scaled"
        )
    return Scaling(kind, tuple(shift.tolist()), tuple(width.tolist()))


def _size(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"{shape[0]} number" + ("" if shape[0] == 1 else "s")
    return f"numbers of shape {shape}"


__all__ = ["SCALES", "Preparation", "Scaling", "narrowed"]
