"""Why a plan can't be native, in plain words; and the checks made once on all data.

The generated code has no branch for a case that the trace didn't see, and reads labels
unchecked: both are looked at here, over all rows, before the first step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.training.data.table import is_mapped
from clearprop.training.foreseen import branching, kinds
from clearprop.training.native.emit import Emitted, emit
from clearprop.training.native.values import Unsupported
from clearprop.training.plan import Plan


def unsupported(plan: Plan) -> str | None:
    """The reason, or None where the native engine takes the plan."""
    for parameter in plan.parameters:
        if parameter.value.dtype not in (np.float32, np.float64):
            return f"{parameter.label} holds {parameter.value.dtype.name} numbers"
        if not parameter.value.size:
            return f"{parameter.label} is empty"
    for given in plan.inputs:
        stays = isinstance(given.value, np.ndarray) and is_mapped(given.value)
        if stays and not given.value.dtype.isnative:
            return f"{given.leaf.label} is read from its file in another order of bytes"
    why = branching(plan)
    if why is not None:
        return why
    try:
        for kind in kinds(plan):
            emit(plan, *kind)
    except Unsupported as error:
        return str(error)
    return None


def check_labels(plan: Plan, emitted: Emitted, inputs: Sequence[np.ndarray]) -> None:
    """Labels must lie inside the axis that they index."""
    for kind, which, n in emitted.labels:
        array = inputs[which] if kind == "input" else emitted.constants[which]
        low, high = int(array.min()), int(array.max())
        if low < -n or high >= n:
            label = plan.inputs[which].leaf.label if kind == "input" else "an index"
            wrong = low if low < -n else high
            raise ClearpropError(
                f"{label} holds {wrong}, and what it indexes has {n} entries: labels "
                f"are 0 to {n - 1}"
            )


__all__ = ["check_labels", "unsupported"]
