"""The arrays that a compiled routine reads and moves, and how it is called.

They belong to whoever runs the routine: the parameters, each with its slots, lie on
cache lines of their own; the inputs are the user's where they lie in a row.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class Arrays:
    """Parameters, slots and inputs of a step, and how many steps were made."""

    def __init__(
        self,
        values: Sequence[np.ndarray],
        slots: Sequence[str],
        inputs: Sequence[tuple[Any, Any]],
    ) -> None:
        """Copies of the parameters' ``values``; ``inputs`` are pairs: value, dtype."""
        self.step = 0
        self.weights = [owned(value) for value in values]
        self.slots = [
            {slot: owned(np.zeros_like(w)) for slot in slots} for w in self.weights
        ]
        self.inputs = [as_is(value, dtype) for value, dtype in inputs]

    def trained(self) -> list[np.ndarray]:
        """The parameters, each with its slots, as the routine takes them."""
        return [
            array
            for weight, slots in zip(self.weights, self.slots)
            for array in (weight, *slots.values())
        ]

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the parameters, their slots and the number of steps made."""
        found = {"step": np.array(self.step)}
        for i, (weight, slots) in enumerate(zip(self.weights, self.slots)):
            found[str(i)] = weight.copy()
            found |= {f"{i}.{slot}": value.copy() for slot, value in slots.items()}
        return found

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from a state, of this or of another engine."""
        self.step = int(state["step"])
        for i, (weight, slots) in enumerate(zip(self.weights, self.slots)):
            weight[...] = state[str(i)]
            for slot, value in slots.items():
                value[...] = state[f"{i}.{slot}"]


def entry(loaded: Any) -> tuple[Any, np.ndarray]:
    """The function of a compiled step, and as much memory as it asks for."""
    run = loaded.clearprop_run
    run.restype = ctypes.c_int64
    run.argtypes = [
        ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    loaded.clearprop_memory.restype = ctypes.c_int64
    return run, aligned(loaded.clearprop_memory(), np.uint8)


def aligned(size: int, dtype: Any) -> np.ndarray:
    """Entries on a cache line of their own."""
    width = np.dtype(dtype).itemsize
    raw = np.zeros(size * width + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size * width].view(dtype)


def owned(value: np.ndarray) -> np.ndarray:
    made = aligned(value.size, value.dtype).reshape(value.shape)
    made[...] = value
    return made


def as_is(value: Any, dtype: Any) -> np.ndarray:
    """The data themselves where they lie in a row; otherwise a copy."""
    found: np.ndarray = np.ascontiguousarray(value, dtype=dtype)
    return found


def in_a_row(data: Mapping[str, Any], dtypes: Mapping[str, Any]) -> list[Any]:
    """An example as C takes it: arrays in a row, of these dtypes."""
    return [
        np.ascontiguousarray(v, dtypes.get(k)) if np.ndim(v) else v
        for k, v in data.items()
    ]


def pointers(arrays: Any) -> Any:
    found = [address(a) for a in arrays]
    return (ctypes.c_void_p * max(len(found), 1))(*found)


def address(array: np.ndarray) -> int:
    """An array's address; where it may be written to, four times as fast."""
    if array.flags.writeable and array.size:
        buffer: Any = array
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    found: int = array.ctypes.data
    return found


__all__ = [
    "Arrays", "address", "aligned", "as_is", "entry", "in_a_row", "owned", "pointers",
]  # fmt: skip
