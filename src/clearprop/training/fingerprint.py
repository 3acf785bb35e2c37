"""What makes a training the same training: its network, its data, its options.

The facts come out as JSON would have them: options as they are, the network and the
data as digests. How long it goes on is no such fact: a training may be made longer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from clearprop.training.plan import Engine, Plan
from clearprop.training.schedules import Schedule

_WHOLE = 1 << 26  # bytes of an array that are digested; of larger ones, some rows
_ROWS = 1000


def fingerprint(
    plan: Plan,
    engine: Engine,
    *,
    learning_rate: float | Schedule,
    held_out: Mapping[str, Any] | None,
    **options: Any,
) -> dict[str, Any]:
    """The facts that two trainings share if one may go on from the other."""
    row_inputs = {i.leaf.label: i.value for i in plan.inputs}
    return {
        "the network": _text(plan.backward.source),
        "parameters": {
            p.label: f"{p.value.dtype} {list(p.value.shape)}" for p in plan.parameters
        },
        "the data": _data(row_inputs),
        "the validation data": None if held_out is None else _data(held_out),
        "engine": engine.name.split(maxsplit=1)[0].rstrip(":,;"),
        "optimizer": plan.rule.name,
        **dict(plan.rule.constants),
        "learning_rate": _rate(learning_rate),
        "batch_size": plan.batch_size,
        "l2": {p.label: p.decay for p in plan.parameters if p.decay},
        "clip_norm": plan.clip_norm,
        "clip_value": plan.clip_value,
        "update": "sequential" if plan.current else "simultaneous",
        "record": [r.name for r in plan.recorded],
        **options,
    }


def _rate(learning_rate: float | Schedule) -> Any:
    """The rate; of a schedule, the rates of some steps."""
    if not callable(learning_rate):
        return float(learning_rate)
    return {str(k): _at(learning_rate, k) for k in (0, *(10**k for k in range(8)))}


def _at(schedule: Schedule, step: int) -> float | None:
    try:
        return float(schedule(step))
    except Exception:  # a table of rates may end
        return None


def _data(entries: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for name in sorted(entries):
        array = np.asanyarray(entries[name])
        if array.dtype.hasobject:  # an option, such as a function
            continue
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        if array.nbytes > _WHOLE:
            chosen = np.linspace(0, len(array) - 1, _ROWS).astype(int)
            array = np.stack([array[i] for i in np.unique(chosen)])
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


__all__ = ["fingerprint"]
