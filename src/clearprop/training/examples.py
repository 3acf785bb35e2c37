"""Whether a forward pass takes a batch, or one example of it.

Nothing in ``np.dot(x, W)`` says so: it takes a row as well as a batch. The forward pass
is called on a few rows together and on each alone. It takes a batch if the rows
together give the mean or the sum of what each gives (plus a term of the parameters
alone), each as a row or, where rows are counted (``len(x)``), as a batch of one; or if
a row alone doesn't fit it; it takes one example if the rows together
don't fit. Where both fit and disagree (a softmax over all entries, or batch
normalisation?) nobody can tell, and the user is asked. All this at parameters a little
off those given: at weights that are all 0, ``(np.sum(x * w) - t)**2`` gives the same
for a row whichever it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.trace.function import explained
from clearprop.trace.muting import muted
from clearprop.trace.replay import current_state, random_state
from clearprop.training.binding import Bound
from clearprop.training.diverging import strange
from clearprop.training.returned import losses_of, place_of_loss

# How many rows are tried: two pairs, to tell a sum plus a constant from anything else.
_TRIED = 4
# Single precision keeps seven digits, and sums lose some of them.
_DIGITS = 1e-3
# What weights of 0 become: data may be small or large, and one of these suits it.
_OFF = (100.0, 1.0, 1e-2)


def takes_one_example(bound: Bound, by_row: set[str], say: bool | None) -> bool:
    """Whether the forward pass is written for a single row; ``say`` overrides."""
    if say is not None:
        return say
    # weights that are all zero, or that leave no error, make different readings agree
    here = _judged(bound, by_row)
    near = [_judged(_near(bound, size), by_row) for size in _OFF]
    for found in near:
        if isinstance(found, Undecided):
            raise here if isinstance(here, Undecided) else found
    told = next((found for found in near if isinstance(found, bool)), here)
    if isinstance(told, ClearpropError):
        raise told
    return told


class Undecided(ClearpropError):
    """Both readings fit, and disagree."""


def _judged(bound: Bound, by_row: set[str]) -> bool | ClearpropError:
    """Whether it takes one example, as these parameters tell; or why they don't."""
    rows = len(bound.data[min(by_row)])
    count = min(_TRIED, rows)
    together = _try(bound, _rows(bound.data, by_row, slice(0, count)))
    alone = [_try(bound, _rows(bound.data, by_row, i)) for i in range(count)]
    if isinstance(together, Exception):
        if any(isinstance(one, Exception) or one.size != 1 for one in alone):
            return explained(together)
        return True
    if any(isinstance(one, Exception) or one.size != 1 for one in alone):
        return False
    losses = [float(one.reshape(())) for one in alone]
    if not np.isfinite([*losses, *together.ravel()]).all():
        few = _rows(bound.data, by_row, slice(0, count))
        found = strange({k: v for k, v in few.items() if isinstance(v, np.ndarray)})
        return ClearpropError(
            f"{found}: fill it in, or leave the row out"
            if found
            else f"{bound.name} gives {_shown(together)} for the first rows of the data"
        )
    if together.size == 1:
        if _draws(bound, by_row, count):
            return False
        total = float(together.reshape(()))
        if _adds_up(bound, by_row, total, losses):
            return False
        if _counts_rows(bound, by_row, total, count):
            return False
    elif together.shape not in ((count,), (count, 1)):
        return True
    elif np.allclose(together.ravel(), losses, rtol=_DIGITS, atol=0):
        return False
    return Undecided(
        f"{bound.name} takes one row of the data as well as {count} together, and what "
        f"it gives for the {count}, {_shown(together)}, is neither the mean nor the "
        f"sum of their own losses, {_shown(losses)}. Say per_example=True if it is "
        "written for one example, per_example=False if a batch's rows depend on each "
        "other (as in batch normalisation)."
    )


def _near(bound: Bound, size: float) -> Bound:
    """The same at parameters off those given: by a tenth, and where they are 0."""
    rng = np.random.default_rng(0)

    def moved(value: Any) -> Any:
        w = np.asarray(value)
        if w.dtype.kind != "f":
            return value
        off = np.asarray(rng.uniform(0.5, 1.5, w.shape), w.dtype)
        found = np.where(w == 0, size * off, w * (1 + 0.1 * off))
        return found if isinstance(value, np.ndarray) else float(found)

    made = bound.nested({path: moved(bound.at(path)) for path in bound.paths()})
    return bound._replace(params=made if bound.whole is None else {bound.whole: made})


def averaged(network: Callable[..., Any], result: Any) -> Callable[..., Any]:
    """The same forward pass, its losses per example averaged to one.

    ``result`` is what it returned once: the losses, or where they stand in it.
    """
    place = place_of_loss(result)

    # no branch inside: it would be traced, and guarded
    @functools.wraps(network)
    def mean(*args: Any, **kwargs: Any) -> Any:
        return np.mean(network(*args, **kwargs))

    @functools.wraps(network)
    def mean_of_item(*args: Any, **kwargs: Any) -> Any:
        return np.mean(network(*args, **kwargs)[place])

    return mean if place is None else mean_of_item


def _shown(losses: Any) -> str:
    return np.array2string(np.squeeze(np.asarray(losses)), precision=4)


def _rows(data: Mapping[str, Any], by_row: set[str], rows: Any) -> dict[str, Any]:
    """These rows of the data."""
    return {k: v[rows] if k in by_row else v for k, v in data.items()}


def _try(bound: Bound, data: Mapping[str, Any]) -> Any:
    """The losses that the forward pass gives, or what it raised."""
    try:
        with random_state(current_state()), muted():
            return np.asarray(losses_of(bound.call(data)), dtype=float)
    except Exception as error:
        return error


def _draws(bound: Bound, by_row: set[str], count: int) -> bool:
    """Whether the loss of the same rows changes from call to call (dropout)."""
    rows = _rows(bound.data, by_row, slice(0, count))
    with muted():
        state = current_state()
        with random_state(state):
            first, second = (losses_of(bound.call(rows)) for _ in range(2))
    return not np.array_equal(np.asarray(first), np.asarray(second), equal_nan=True)


def _counts_rows(bound: Bound, by_row: set[str], together: float, count: int) -> bool:
    """Whether batches of one add up: ``len(x)`` of a row alone counts its columns."""
    ones = [
        _try(bound, _rows(bound.data, by_row, slice(i, i + 1))) for i in range(count)
    ]
    if any(isinstance(one, Exception) or one.size != 1 for one in ones):
        return False
    return _adds_up(bound, by_row, together, [float(one.reshape(())) for one in ones])


def _adds_up(
    bound: Bound, by_row: set[str], together: float, alone: list[float]
) -> bool:
    """Whether rows together give the mean or the sum of each, plus a constant."""
    tolerance = _DIGITS * max(1e-30, *map(abs, alone))
    if abs(together - float(np.mean(alone))) <= tolerance:
        return True
    if abs(together - sum(alone)) <= tolerance * len(alone):
        return True
    if len(alone) < _TRIED:
        return False
    pairs = [
        _try(bound, _rows(bound.data, by_row, slice(i, i + 2))) for i in range(0, 4, 2)
    ]
    if any(isinstance(pair, Exception) for pair in pairs):
        return False
    rest = [
        float(pair.reshape(())) - alone[i] - alone[i + 1]
        for pair, i in zip(pairs, range(0, 4, 2), strict=True)
    ]
    return abs(rest[0] - rest[1]) <= tolerance
