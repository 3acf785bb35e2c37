"""Which engine runs a plan: the one asked for, or the fastest that can.

``"auto"`` takes the native engine where the plan and the machine allow it. While a
first compile runs, NumPy serves, and the native engine goes on from its state. The
environment variable ``CLEARPROP_ENGINE`` says what ``"auto"`` is. JAX is taken where it
is asked for.
"""

from __future__ import annotations

import os
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.training.numpy_engine import NumPyEngine, joined
from clearprop.training.plan import Engine, Plan, Steps

if TYPE_CHECKING:
    from clearprop.training.native.engine import Compiling

ENGINES = ("auto", "numpy", "native", "jax")
# What is in the cache is loaded in less than this; it is worth waiting for, in seconds.
_A_MOMENT = 0.1
# NumPy serves in pieces of about this many seconds: an epoch may take hours of it.
_PIECE = 0.1


def engine_for(plan: Plan, name: str = "auto", settled: bool = False) -> Engine:
    """The engine of this name for a plan; one clear sentence where it can't be.

    ``settled``: the one that begins also ends, so that what it computes can be
    computed again bit for bit.
    """
    if name == "auto":
        name = os.environ.get("CLEARPROP_ENGINE") or "auto"
    if name not in ENGINES:
        raise ClearpropError(
            f"engine={name!r} is unknown: use one of {', '.join(ENGINES)}"
        )
    if name == "numpy":
        return NumPyEngine(plan)
    if name == "jax":
        return _jax_engine(plan)
    from clearprop.training.native import engine as native
    from clearprop.training.native.support import unsupported

    why_not = unsupported(plan)
    if name == "native":
        if why_not:
            raise ClearpropError(f"engine='native' can't train this: {why_not}")
        return native.NativeEngine(plan)
    if why_not:
        return Instead(plan, why_not)
    compiling = native.start_compiling(plan)
    if not settled:
        return _Meanwhile(plan, compiling)
    try:
        return compiling.engine()
    except ClearpropError as error:
        return Instead(plan, str(error))


def _jax_engine(plan: Plan) -> Engine:
    try:
        from clearprop.training.jax_engine import JaxEngine
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("jax", "jaxlib"):
            raise
        raise ClearpropError(
            "engine='jax' needs JAX, which is not installed: "
            'pip install "clearprop[jax]"'
        ) from None
    return JaxEngine(plan)


class Instead(NumPyEngine):
    """NumPy, where the native engine can't; its name says why."""

    def __init__(self, plan: Plan, why: str) -> None:
        super().__init__(plan)
        self.name = f"numpy ({why})"


def settled(engine: Engine) -> Engine:
    """The native engine where it is ready by now; otherwise the same."""
    return engine.settled() if isinstance(engine, _Meanwhile) else engine


def serving(engine: Engine) -> Engine:
    """The engine behind one that may change over: it stays the same for a step."""
    return engine.serving if isinstance(engine, _Meanwhile) else engine


class _Meanwhile:
    """NumPy until the native code is compiled, then the native engine."""

    processes = 1
    any_count = True

    def __init__(self, plan: Plan, compiling: Compiling) -> None:
        self.name = "numpy (the native code is being compiled)"
        self._plan = plan
        self._compiling: Compiling | None = compiling
        self._engine: Engine = NumPyEngine(plan)
        compiling.wait(_A_MOMENT)

    def run(self, batches: np.ndarray | None, rates: np.ndarray) -> Steps:
        """As many steps as there are rates."""
        made: list[Steps] = []
        done, size = 0, 1
        while True:
            self._look()
            if self._compiling is None:
                size = len(rates)
            part = slice(done, done + size)
            began = perf_counter()
            rows = batches[part] if batches is not None else None
            made.append(self._engine.run(rows, rates[part]))
            done += size
            if done >= len(rates) or made[-1].ended:
                return joined(made)
            if perf_counter() - began < _PIECE:
                size *= 2

    def settled(self) -> Engine:
        """The engine that serves for good, or this while that isn't known."""
        self._look()
        return self if self._compiling is not None else self._engine

    @property
    def serving(self) -> Engine:
        """The engine that serves now."""
        return self._engine

    @property
    def inputs(self) -> list[Any]:
        """What the step reads, of the engine that serves."""
        return self._engine.inputs

    def state(self) -> dict[str, np.ndarray]:
        """The state of the engine that serves."""
        return self._engine.state()

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from a state."""
        self._engine.restore(state)

    def _look(self) -> None:
        """As soon as it is ready, the native engine goes on where NumPy is."""
        compiling = self._compiling
        if compiling is None or not compiling.ready():
            return
        self._compiling = None
        state = self._engine.state()
        try:
            engine = compiling.engine()
        except ClearpropError as error:  # the compiler failed: NumPy goes on
            self.name = f"numpy ({error})"
            self._engine = Instead(self._plan, str(error))
            self._engine.restore(state)
            return
        engine.restore(state)
        self._engine = engine
        before = int(state["step"])
        self.name = (
            f"numpy for {before} steps while compiling, then native"
            if before
            else engine.name
        )


__all__ = ["ENGINES", "Instead", "engine_for", "serving", "settled"]
