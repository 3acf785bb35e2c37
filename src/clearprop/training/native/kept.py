"""Where the compiled steps keep what they train: a parameter, or a slot of its rule.

An array of its own, which the engine hands over; or, for a dense network, panels in the
routine's memory (see ``tiles``), where the weights stay from one call to the next:
nothing is put into panels and taken out again, and no second copy takes up memory.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided


class Apart:
    """An array of its own."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Zeros."""
        self._array = aligned(int(np.prod(shape)), dtype).reshape(shape)
        self.address = address(self._array)

    def read(self) -> np.ndarray:
        """A copy."""
        return self._array.copy()

    def write(self, value: np.ndarray) -> None:
        """Other numbers."""
        self._array[...] = value


class Panels(NamedTuple):
    """A matrix, or a row, in the routine's memory, perhaps more than once.

    Counted in numbers: where each copy starts, and how far apart panels are.
    ``turned``: its rows are the matrix's columns.
    """

    starts: tuple[int, ...]
    apart: int
    lanes: int
    turned: bool = False


class InPanels:
    """What lies in panels, read and written as a matrix."""

    address = 0  # the routine knows where it is

    def __init__(
        self, panels: Panels, memory: np.ndarray, shape: tuple[int, ...]
    ) -> None:
        self._lanes, self._shape, self._dtype = panels.lanes, shape, memory.dtype
        self._turned = panels.turned
        lying = shape[::-1] if panels.turned else shape
        rows, columns = lying if len(lying) > 1 else (1, *lying)
        self._size = rows, columns
        self._copies = [
            memory[start : start + -(-columns // self._lanes) * panels.apart]
            .reshape(-1, panels.apart)[:, : rows * self._lanes]
            .reshape(-1, rows, self._lanes)
            for start in panels.starts
        ]

    def read(self) -> np.ndarray:
        """A copy."""
        value = np.empty(self._shape, self._dtype)
        for matrix, panel in self._pairs(value, self._copies[0]):
            matrix[...] = panel
        return value

    def write(self, value: np.ndarray) -> None:
        """Other numbers, in every copy."""
        for copy in self._copies:
            for matrix, panel in self._pairs(np.asarray(value), copy):
                panel[...] = matrix

    def _pairs(
        self, value: np.ndarray, panels: np.ndarray
    ) -> Sequence[tuple[np.ndarray, np.ndarray]]:
        """Views of a matrix and of its panels: the whole ones, and the last."""
        (rows, columns), lanes = self._size, self._lanes
        matrix = value.T if self._turned else value.reshape(rows, columns)
        down, along = matrix.strides
        whole, rest = divmod(columns, lanes)
        shape, strides = (whole, rows, lanes), (lanes * along, down, along)
        pairs = [(as_strided(matrix, shape, strides), panels[:whole])]
        if rest:
            pairs.append((matrix[:, whole * lanes :], panels[whole, :, :rest]))
        return pairs


Kept = Apart | InPanels


def aligned(size: int, dtype: np.dtype | type) -> np.ndarray:
    """Zeros on a cache line of their own."""
    width = np.dtype(dtype).itemsize
    raw = np.zeros(size * width + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size * width].view(dtype)


def address(array: np.ndarray) -> int:
    """Where an array lies; if it may be written to, found four times as fast."""
    if array.flags.writeable and array.size:
        buffer: Any = array
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    found: int = array.ctypes.data
    return found


__all__ = ["Apart", "InPanels", "Kept", "Panels", "address", "aligned"]
