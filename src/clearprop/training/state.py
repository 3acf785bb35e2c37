"""What a state is called: all that a further step of training depends on.

What comes in is what an engine trains, however it keeps that; what goes out are copies
under names that every engine, a checkpoint and a saved file share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

Slots = Sequence[Mapping[str, Any]]  # of each parameter


def named(weights: Sequence[Any], slots: Slots) -> Iterator[tuple[str, Any]]:
    """What an engine trains, by the names that a state has for them.

    ``0``, ``1``, … are the parameters in the plan's order, ``0.v`` is the slot v of the
    first.
    """
    for i, (weight, own) in enumerate(zip(weights, slots, strict=True)):
        yield str(i), weight
        for slot, value in own.items():
            yield f"{i}.{slot}", value


def state_of(
    step: int,
    weights: Sequence[Any],
    slots: Slots,
    copy: Callable[[Any], np.ndarray] = np.array,
) -> dict[str, np.ndarray]:
    """A state: copies of what is ``named``, and ``step``, the number of steps made."""
    copies = {name: copy(value) for name, value in named(weights, slots)}
    return {"step": np.array(step), **copies}


def parts_of(
    state: Mapping[str, np.ndarray], dtypes: Sequence[Any], slots: Sequence[str]
) -> tuple[int, list[np.ndarray], list[dict[str, np.ndarray]]]:
    """The step, the weights and the slots of a state; copies, in these dtypes."""
    weights = [np.array(state[str(i)], dtype) for i, dtype in enumerate(dtypes)]
    found = [
        {slot: np.array(state[f"{i}.{slot}"], dtype) for slot in slots}
        for i, dtype in enumerate(dtypes)
    ]
    return int(state["step"]), weights, found


__all__ = ["named", "parts_of", "state_of"]
