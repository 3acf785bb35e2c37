"""The arrays that a compiled routine reads and moves, and how it is called.

They belong to whoever runs the routine: the parameters, each with its slots, are kept
as ``kept`` says; the inputs are the user's where they lie in a row.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.training.native.kept import (
    Apart,
    InPanels,
    Kept,
    Panels,
    address,
    aligned,
)  # fmt: skip
from clearprop.training.state import named, state_of


class Arrays:
    """Parameters, slots and inputs of a step, and how many steps were made."""

    def __init__(
        self,
        values: Sequence[np.ndarray],
        slots: Sequence[str],
        inputs: Sequence[tuple[Any, Any]],
        panels: Sequence[Panels],
        memory: np.ndarray,
    ) -> None:
        """Copies of the parameters' ``values``; ``inputs`` are pairs: value, dtype.

        ``panels``: where the parameters and their slots are in the routine's
        ``memory``, if they stay there.
        """
        self.step = 0
        self.inputs = [as_is(value, dtype) for value, dtype in inputs]
        places = iter(panels)

        def kept(value: np.ndarray) -> Kept:
            own = next(places, None)
            if own is None:
                return Apart(value.shape, value.dtype)
            return InPanels(own, memory.view(value.dtype), value.shape)

        self._weights: list[Kept] = []
        self._slots: list[dict[str, Kept]] = []
        for value in values:
            self._weights.append(kept(value))
            self._slots.append({slot: kept(value) for slot in slots})
        self._named = dict(named(self._weights, self._slots))
        self.begin_at(values)

    def begin_at(self, values: Sequence[np.ndarray]) -> None:
        """Parameters of these values, slots of zeros."""
        for kept, slots, value in zip(self._weights, self._slots, values):
            kept.write(value)
            for slot in slots.values():
                slot.write(np.zeros_like(value))

    @property
    def weights(self) -> list[np.ndarray]:
        """Copies of the parameters."""
        return [kept.read() for kept in self._weights]

    def pointers(
        self,
        constants: Sequence[np.ndarray],
        inputs: Sequence[np.ndarray] | None = None,
    ) -> Any:
        """What a routine is called with: what is trained, the inputs, its constants."""
        inputs = self.inputs if inputs is None else inputs
        found = [kept.address for kept in self._named.values()]
        found += [address(array) for array in (*inputs, *constants)]
        return (ctypes.c_void_p * max(len(found), 1))(*found)

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the parameters, their slots and the number of steps made."""
        return state_of(self.step, self._weights, self._slots, lambda kept: kept.read())

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state, of this or of another engine."""
        self.step = int(state["step"])
        for name, kept in self._named.items():
            kept.write(state[name])


def entry(loaded: Any) -> tuple[Any, np.ndarray]:
    """The function of a compiled step, and as much memory as it asks for."""
    run = loaded.clearprop_run
    run.restype = ctypes.c_int64
    run.argtypes = [
        ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    loaded.clearprop_memory.restype = ctypes.c_int64
    return run, aligned(loaded.clearprop_memory(), np.uint8)


def as_is(value: Any, dtype: Any) -> np.ndarray:
    """The data themselves where they lie in a row; otherwise a copy.

    C reads numbers in the machine's own order of bytes.
    """
    found: np.ndarray = np.ascontiguousarray(value, np.dtype(dtype).newbyteorder("="))
    return found


def in_a_row(data: Mapping[str, Any], dtypes: Mapping[str, Any]) -> list[Any]:
    """An example as C takes it: arrays in a row, of these dtypes."""
    return [
        as_is(v, dtypes.get(k, np.asarray(v).dtype)) if np.ndim(v) else v
        for k, v in data.items()
    ]


__all__ = ["Arrays", "as_is", "entry", "in_a_row"]
