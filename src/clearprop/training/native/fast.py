"""From a native engine to a step that takes an example: each argument's place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clearprop.training.native.engine import NativeEngine
from clearprop.training.native.glue import Argument, FastStep, fits


def fast_step(
    engine: NativeEngine,
    names: Sequence[str],
    slow: Callable[..., Any],
    strange: Callable[[float], Any],
) -> FastStep | None:
    """The engine's step as a built-in function of arguments of these names.

    None where an argument is more than a number or an array.
    """
    plan = engine.plan
    routine = engine.whole()
    first = len(plan.parameters) * (1 + len(plan.rule.slots))
    labels = {i: n for kind, i, n in routine.emitted.labels if kind == "input"}
    found: list[Argument] = []
    for name in names:
        read = [i for i, g in enumerate(plan.inputs) if g.leaf.path[0] == name]
        if not read:
            found.append(Argument(np.dtype(float), (), None))
            continue
        (i,) = read if len(read) == 1 else (None,)
        if i is None or len(plan.inputs[i].leaf.path) > 1:
            return None
        array = engine.inputs[i]
        found.append(
            Argument(
                array.dtype, np.shape(plan.inputs[i].value), first + i, labels.get(i, 0)
            )
        )
    if not fits(found):
        return None
    made = FastStep(
        routine.run,
        engine.pointers(routine.constants),
        routine.memory.ctypes.data,
        found,
        slow,
        strange,
        kept=(engine, tuple(engine.inputs)),
    )
    made.set(0.0, engine.step)
    return made


__all__ = ["FastStep", "fast_step"]
