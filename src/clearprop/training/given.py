"""What training is given, as it takes it: a network, parameters, data.

Numbers become floats, lists and frames arrays; what they nest in stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError


def network_of(network: Any, params: Any, who: str) -> tuple[Any, Any]:
    """The forward pass and its parameters: what ``clearprop.mlp`` made has its own."""
    if params is None:
        params = getattr(network, "params", None)
    if params is None:
        raise ClearpropError(f"{who} needs params: a dict by argument name")
    return getattr(network, "forward", network), params


def in_turn(update: str) -> bool:
    """Whether the weights are updated one after the other."""
    if update not in ("simultaneous", "sequential"):
        raise ClearpropError(
            f"update={update!r} is unknown: use 'simultaneous' or 'sequential'"
        )
    return update == "sequential"


def as_floats(value: Any, label: str) -> Any:
    """Parameters as training moves them: whole numbers become floats, arrays copies."""
    if isinstance(value, dict):
        return type(value)(
            (k, as_floats(v, f"{label}[{k!r}]")) for k, v in value.items()
        )
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(as_floats(v, label) for v in value))
    if isinstance(value, bool) or value is None or isinstance(value, str | bytes):
        return value
    if isinstance(value, list | tuple) and not _numbers(value):
        made = (as_floats(v, f"{label}[{i}]") for i, v in enumerate(value))
        return type(value)(made)
    if isinstance(value, int | float):
        return float(value)
    array = np.array(value)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise ClearpropError(
            f"{label} holds {array.dtype.name} values: parameters are real numbers"
        )
    if array.dtype.itemsize < 4:
        raise ClearpropError(
            f"{label} holds float16 values, whose three digits lose most steps: give "
            "float32 ones"
        )
    if not np.isfinite(array).all():
        raise ClearpropError(f"{label} holds nan or inf before the first step")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, ("key", key)))
    elif isinstance(value, list | tuple) and not _numbers(value):
        for i, item in enumerate(value):
            yield from paths(item, (*path, ("index", i)))
    else:
        yield path


def _numbers(value: Any) -> bool:
    return bool(value) and all(
        type(v) in (int, float) or (isinstance(v, list) and _numbers(v)) for v in value
    )


def _of_a_relative(array: np.ndarray, label: str) -> np.ndarray:
    """The plain array of a masked one or a matrix; a memory map stays one.

    Only a relative is asked: to name ``np.ma`` is to import it, which takes 10 ms.
    """
    if isinstance(array, np.ma.MaskedArray):
        if np.ma.is_masked(array):
            raise ClearpropError(
                f"{label} hides entries behind a mask: fill them in, or leave their "
                "rows out"
            )
        return np.asarray(array.data)
    return np.asarray(array) if isinstance(array, np.matrix) else array


def as_data(value: Any, name: str, where: str = "data") -> Any:
    """An entry of the data: an array as it is, a list or a frame as an array."""
    if isinstance(value, bool | int | float | str) or value is None or callable(value):
        return value
    if isinstance(value, Mapping):
        return value
    label = f"{where}[{name!r}]"
    try:
        array = value if isinstance(value, np.ndarray) else np.asarray(value)
    except ValueError:  # lists of different lengths
        raise ClearpropError(
            f"{label} is no array: its rows differ in length, and must not"
        ) from None
    if type(array) is not np.ndarray:
        array = _of_a_relative(array, label)
    if array.dtype.kind not in "fiub":
        kind = {"U": "text", "S": "bytes", "O": "Python objects"}
        held = kind.get(array.dtype.kind, f"{array.dtype.name} values")
        raise ClearpropError(
            f"{label} holds {held}: give numbers (text labels as 0, 1, 2, …)"
        )
    return array if array.dtype.isnative else _in_own_order(array)


def _in_own_order(array: np.ndarray) -> np.ndarray:
    """The same numbers in the machine's order of bytes; those in a file stay there."""
    from clearprop.training.data.table import is_mapped

    return array if is_mapped(array) else array.astype(array.dtype.newbyteorder("="))


def each(done: Callable[[np.ndarray], np.ndarray], value: Any) -> Any:
    """The same value with this done to every array in it."""
    if isinstance(value, np.ndarray):
        return done(value)
    if isinstance(value, dict):
        made = value.copy()
        made.update((k, each(done, v)) for k, v in value.items())
        return made
    if isinstance(value, list | tuple):
        items = (each(done, v) for v in value)
        named = hasattr(value, "_fields")
        return type(value)(*items) if named else type(value)(items)
    return value


def locked(array: np.ndarray) -> np.ndarray:
    found = array.view()
    found.flags.writeable = False
    return found


__all__ = [
    "as_data", "as_floats", "each", "in_turn", "locked", "network_of", "paths",
]  # fmt: skip
