"""Which engine runs a plan."""

from __future__ import annotations

from clearprop.errors import ClearpropError
from clearprop.training.numpy_engine import NumPyEngine
from clearprop.training.plan import Engine, Plan

ENGINES = ("auto", "numpy")


def engine_for(plan: Plan, name: str = "auto") -> Engine:
    """The engine of this name for a plan; one clear sentence where it can't be."""
    if name not in ENGINES:
        raise ClearpropError(
            f"engine={name!r} is unknown: use one of {', '.join(ENGINES)}"
        )
    return NumPyEngine(plan)


__all__ = ["ENGINES", "engine_for"]
