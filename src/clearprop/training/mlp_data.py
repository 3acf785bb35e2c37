"""Whether data are what a dense network takes; if not, what to write, in one sentence.

NumPy would say so too, in words of its own, at a line of the written forward pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def refused(
    sizes: Sequence[int], targets: str, data: Mapping[str, Any], where: str
) -> str:
    """The sentence, or nothing; ``targets`` is what the loss calls them."""
    x, t = data.get("x"), data.get("t")
    if x is None or t is None:
        return ""  # said where arguments get their values
    one, other = f"{where}['x']", f"{where}['t']"
    why = _inputs(one, np.shape(x), sizes[0])
    if why:
        return why
    if targets == "labels":
        why = _labels(other, np.asarray(t), sizes[-1])
    else:
        why = _outputs(other, np.shape(t), sizes[-1], targets)
    if not why and len(x) != len(t):
        why = f"{one} has {len(x)} rows and {other} {len(t)}: give one target for each"
    return why


def _inputs(name: str, shape: tuple[int, ...], wide: int) -> str:
    if len(shape) == 2 and shape[1] == wide:
        return ""
    has = f"{name} has the shape {shape}, and the network takes rows of {wide}: "
    if len(shape) == 1 and wide == 1:
        return has + "write x.reshape(-1, 1)"
    if len(shape) > 2 and np.prod(shape[1:]) == wide:
        return has + "write x.reshape(len(x), -1)"
    if len(shape) == 1 and shape[0] == wide:
        return has + "a single one is x.reshape(1, -1)"
    if len(shape) != 2:
        return has + f"an array of shape (N, {wide})"
    return has + f"give {wide} columns, or make a network with cp.mlp([{shape[1]}, …])"


def _labels(name: str, t: np.ndarray, classes: int) -> str:
    if t.ndim == 2 and t.shape[1] == 1:
        return f"{name} has the shape {t.shape}, where labels have (N,): t.reshape(-1)"
    if t.shape[1:] == (classes,):
        return (
            f"{name} has the shape {t.shape}, where labels have (N,): write "
            "t.argmax(axis=1), or make the network with "
            "loss='categorical_cross_entropy'"
        )
    if t.ndim != 1:
        return f"{name} has the shape {t.shape}, where labels have (N,), one for a row"
    if t.dtype.kind not in "iu":
        return (
            f"{name} holds {t.dtype.name} values, where labels are whole numbers from "
            f"0 to {classes - 1}: write t.astype(int) if these are"
        )
    least, most = (int(t.min()), int(t.max())) if t.size else (0, 0)
    if most < classes and least >= -classes:
        return ""
    wrong = most if most >= classes else least
    begin = ": write t - 1" if least == 1 and most == classes else ""
    return (
        f"{name} holds the label {wrong}, and the {classes} outputs are of the labels "
        f"0 to {classes - 1}{begin}"
    )


def _outputs(name: str, shape: tuple[int, ...], count: int, targets: str) -> str:
    if (len(shape) == 2 and shape[1] == count) or (count == 1 and len(shape) == 1):
        return ""
    wanted = "(N,)" if count == 1 else f"(N, {count})"
    remedy = ""
    if targets in ("one-hot rows", "rows of probabilities") and len(shape) == 1:
        remedy = f": write np.eye({count})[t]"
    elif len(shape) == 1:
        remedy = f": the network has {count} outputs for each row"
    return f"{name} has the shape {shape}, where the loss takes {wanted}{remedy}"


__all__ = ["refused"]
