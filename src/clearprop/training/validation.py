"""Rows held out: the loss on them, by the user's own forward pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.trace.function import explained
from clearprop.trace.muting import muted
from clearprop.trace.replay import current_state, random_state
from clearprop.training.binding import Bound
from clearprop.training.data.table import is_mapped
from clearprop.training.given import as_data
from clearprop.training.returned import losses_of


@dataclass(frozen=True)
class Validation:
    """Data that the forward pass is asked about, and never trained on."""

    data: dict[str, Any]
    by_row: frozenset[str]
    seed_state: Any

    def loss(self, bound: Bound, params: Any, per_example: bool) -> float:
        """The mean loss at these parameters, the forward pass read as in training."""
        named = {bound.whole: params} if bound.whole is not None else params
        with random_state(self.seed_state), muted():
            try:
                if per_example:
                    rows = range(len(self.data[min(self.by_row)]))
                    found = [losses_of(bound.call(self._row(i), named)) for i in rows]
                else:
                    found = losses_of(bound.call(self.data, named))
                return float(np.mean(found))
            except Exception as error:
                raise ClearpropError(
                    f"on the validation data: {explained(error)}"
                ) from error

    def _row(self, i: int) -> dict[str, Any]:
        return {k: v[i] if k in self.by_row else v for k, v in self.data.items()}


def split(bound: Bound, validation: Any, seed: int) -> tuple[Bound, Validation | None]:
    """The data to train on, and the data held out."""
    if validation is None:
        return bound, None
    by_row = frozenset(k for k, v in bound.data.items() if np.ndim(v) > 0)
    counts = {len(bound.data[k]) for k in by_row}
    if isinstance(validation, float | np.floating) and 0 < validation < 1:
        if len(counts) != 1:
            raise ClearpropError(
                f"validation={validation} holds out rows, and the arrays of data "
                "don't have the same number of rows: pass the validation data instead"
            )
        rows = counts.pop()
        count = round(rows * float(validation))
        if not 0 < count < rows:
            raise ClearpropError(
                f"validation={validation} of {rows} rows leaves nothing to "
                + ("hold out" if not count else "train on")
            )
        first, rest = _drawn(bound.data, rows, count, seed)
        kept = {k: v[rest] if k in by_row else v for k, v in bound.data.items()}
        out = {k: v[first] if k in by_row else v for k, v in bound.data.items()}
        return bound._replace(data=kept), Validation(out, by_row, current_state())
    if isinstance(validation, tuple | list) and len(validation) == len(bound.data):
        validation = dict(zip(bound.data, validation))
    if not isinstance(validation, dict):
        raise ClearpropError(
            f"{_shown(validation)} can't be: give data by name, as for training, or "
            "the share of the rows to hold out, such as 0.1"
        )
    missing = [k for k in bound.data if k not in validation and k in by_row]
    strange = [k for k in validation if k not in bound.data]
    if missing or strange:
        raise ClearpropError(
            f"validation names {', '.join(validation)}; the data names "
            f"{', '.join(bound.data)}"
        )
    given = {k: as_data(v, k, "validation") for k, v in validation.items()}
    held = {**bound.data, **given}
    _fits(bound.data, held, by_row, len(counts) == 1)
    return bound, Validation(held, by_row, current_state())


def _shown(validation: Any) -> str:
    if isinstance(validation, tuple | list):
        return f"validation with {len(validation)} entries"
    return f"validation={validation!r}"


def _fits(
    data: dict[str, Any], held: dict[str, Any], by_row: frozenset[str], rows: bool
) -> None:
    """Refuse what isn't as the data for training is; ``rows``: all of it is by row."""
    for name in by_row:
        one, other = np.shape(data[name]), np.shape(held[name])
        if one[1:] != other[1:] or len(one) != len(other):
            raise ClearpropError(
                f"validation[{name!r}] has shape {other}, and data[{name!r}] {one}: "
                "they may differ in the number of rows alone"
            )
    counts = {name: len(held[name]) for name in sorted(by_row)}
    if rows and len(set(counts.values())) != 1:
        each = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise ClearpropError(
            f"the arrays of validation must have the same number of rows: {each}"
        )
    if not all(counts.values()):
        raise ClearpropError("the validation data has no rows")


def _drawn(data: dict[str, Any], rows: int, count: int, seed: int) -> tuple[Any, Any]:
    """The rows held out, drawn by seed, and the others.

    Of a memory-mapped file they are the last ones: drawn ones would be a copy.
    """
    if any(isinstance(v, np.ndarray) and is_mapped(v) for v in data.values()):
        return slice(rows - count, rows), slice(0, rows - count)
    order = np.random.default_rng(seed).permutation(rows)
    return order[:count], order[count:]


__all__ = ["Validation", "split"]
