"""The JAX engine: steps compiled by XLA, on a GPU, on many devices, on many hosts.

A chunk of steps is one ``lax.scan`` over the row numbers of its batches and their
learning rates. The rows of a batch are shared out over the devices, the parameters are
on each of them, and JAX adds up the gradients. Where ``jax.distributed`` joins several
processes, each runs the same program on the same data, and the devices are those of all
of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from clearprop.errors import ClearpropError
from clearprop.training.jax_step import Step, unsupported
from clearprop.training.jax_values import known
from clearprop.training.plan import Plan, Steps
from clearprop.training.state import parts_of, state_of

# The values of inputs, by their number in the plan.
Inputs = dict[int, Any]

# So many lengths of a chunk are compiled as they come; others are made of powers of 2.
_MOST_LENGTHS = 3
# Rows of memory-mapped data are read for so many bytes at once.
_BYTES_AHEAD = 1 << 26


class JaxEngine:
    """Runs a plan with JAX; see ``plan.Engine``."""

    def __init__(self, plan: Plan) -> None:
        """Begin at the plan's own parameters; a clear sentence where JAX can't."""
        why = unsupported(plan)
        if why is not None:
            raise ClearpropError(f"engine='jax' can't train this: {why}")
        self.plan = plan
        self.processes = jax.process_count()
        self.any_count = False  # each is compiled
        self._inputs = [given.value for given in plan.inputs]
        shared = _shared_rows(plan)
        devices = jax.devices()
        self._divides = shared is not None and shared % len(devices) == 0
        self.name = _name(len(devices), self.processes, shared, self._divides)
        if not self._divides and self.processes == 1:
            devices = devices[:1]
        self._mesh = Mesh(np.array(devices), ("rows",))
        self._step = Step(plan)
        self._lengths: set[int] = set()
        everywhere = NamedSharding(self._mesh, PartitionSpec())
        self._scan = jax.jit(self._steps, out_shardings=everywhere)
        self._placed: Inputs | None = None
        weights = [np.array(p.value) for p in plan.parameters]
        slots = [{s: np.zeros_like(w) for s in plan.rule.slots} for w in weights]
        self._begin(0, weights, slots)

    @property
    def inputs(self) -> list[Any]:
        """The values of the plan's inputs; other ones may be put in."""
        self._placed = None  # what is asked for may be changed
        return self._inputs

    def run(self, batches: np.ndarray | None, rates: np.ndarray) -> Steps:
        """As many steps as there are rates."""
        done: list[dict[str, Any]] = []
        first = 0
        with as_numpy():
            for length in self._chunks(len(rates), batches):
                part = slice(first, first + length)
                some = None if batches is None else batches[part]
                found = self._chunk(some, np.asarray(rates[part], np.float64))
                done.append(found)
                first += length
                if found["ended"][-1]:
                    break
        if not done:
            return Steps(np.zeros(0), {r.name: [] for r in self.plan.recorded})
        told = jax.tree.map(lambda *values: np.concatenate(values), *done)
        losses = told["loss"].astype(np.float64)
        return Steps(losses, told["records"], ended=bool(told["ended"][-1]))

    def state(self) -> dict[str, np.ndarray]:
        """Copies of the parameters, their slots and the number of steps made."""
        return state_of(self.step, self._weights, self._slots)

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a state, of this or of another engine."""
        dtypes = [p.value.dtype for p in self.plan.parameters]
        self._begin(*parts_of(state, dtypes, self.plan.rule.slots))

    # -- chunks of steps ---------------------------------------------------------------

    def _begin(self, step: int, weights: list[Any], slots: list[Any]) -> None:
        self.step = step
        with as_numpy():
            self._weights, self._slots = jax.tree.map(self._put, (weights, slots))

    def _chunks(self, count: int, batches: np.ndarray | None) -> Iterator[int]:
        """The lengths of the chunks: each that is new must be compiled."""
        most = count
        if batches is not None:
            row = sum(self._inputs[i][:1].nbytes for i in self._streamed())
            most = max(1, _BYTES_AHEAD // max(1, row * batches.shape[1]))
        while count > 0:
            length = min(count, most)
            if length not in self._lengths:
                if len(self._lengths) < _MOST_LENGTHS:
                    self._lengths.add(length)
                else:
                    length = 1 << (length.bit_length() - 1)
            yield length
            count -= length

    def _chunk(self, batches: np.ndarray | None, rates: np.ndarray) -> dict[str, Any]:
        """What some steps tell; the state moves on."""
        state = {
            "weights": self._weights, "slots": self._slots,
            "count": float(self.step), "goes_on": True,
        }  # fmt: skip
        whole, parts = self._place(batches)
        after, told = self._scan(state, whole, parts, self._put(rates))
        told = jax.tree.map(np.asarray, told)
        self._weights, self._slots = after["weights"], after["slots"]
        ended = told["ended"]
        made = int(np.argmax(ended)) + 1 if ended.any() else len(rates)
        self.step += made - bool(ended.any())
        if told["strange"][made - 1]:
            raise ClearpropError(self._step.messages[told["strange"][made - 1] - 1])
        found: dict[str, Any] = jax.tree.map(lambda v: v[:made], told)
        return found

    def _steps(
        self, state: dict[str, Any], whole: Inputs, parts: dict[str, Any], rates: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The scan: ``parts`` has an entry for each step, ``whole`` serves all."""

        def step(state: dict[str, Any], at: Any) -> Any:
            part, rate = at
            return self._step(state, self._batch(whole, part), rate)

        after, told = jax.lax.scan(step, state, (parts, rates))
        return after, told

    def _batch(self, whole: Inputs, part: dict[str, Any]) -> Inputs:
        """The inputs of one step."""
        if not part:
            return whole
        taken = {
            i: jnp.take(value, part["rows"], axis=0, mode="clip")
            for i, value in whole.items()
            if self.plan.inputs[i].by_row
        }
        return {**whole, **taken, **part["streamed"]}

    # -- data on the devices -----------------------------------------------------------

    def _place(self, batches: np.ndarray | None) -> tuple[Inputs, dict[str, Any]]:
        """The inputs that serve all steps, and what each step has of its own."""
        streamed = self._streamed()
        if self._placed is None:
            self._placed = {
                i: self._whole(i)
                for i, given in enumerate(self.plan.inputs)
                if known(given.leaf.node.dtype) and i not in streamed
            }
        if batches is None:
            return self._placed, {}
        split = self._divides and batches.shape[1] % self._mesh.size == 0
        axes = (None, "rows") if split else ()
        return self._placed, {
            "rows": self._put(np.asarray(batches), *axes),
            "streamed": {i: self._rows(i, batches, axes) for i in streamed},
        }

    def _streamed(self) -> list[int]:
        """The inputs whose rows are read as batches need them: they may not fit in."""
        return [
            i
            for i, given in enumerate(self.plan.inputs)
            if given.by_row
            and self.plan.batch_size is not None
            and isinstance(self._inputs[i], np.memmap)
        ]

    def _whole(self, i: int) -> Any:
        """An input on the devices: cut by rows where every step takes all of them."""
        value = np.asarray(self._inputs[i], self.plan.inputs[i].leaf.node.dtype)
        rows = _shared_rows(self.plan) if self.plan.batch_size is None else None
        split = self._divides and value.ndim > 0 and len(value) == rows
        return self._put(value, *(("rows",) if split else ()))

    def _rows(self, i: int, batches: np.ndarray, axes: tuple[Any, ...]) -> Any:
        """The rows of some batches: each process reads those of its own devices."""
        value, dtype = self._inputs[i], self.plan.inputs[i].leaf.node.dtype
        shape = (*batches.shape, *value.shape[1:])
        place = NamedSharding(self._mesh, PartitionSpec(*axes))
        return jax.make_array_from_callback(
            shape, place, lambda at: np.asarray(value[batches[at[:2]]], dtype)
        )

    def _put(self, value: np.ndarray, *axes: str | None) -> Any:
        """An array on the devices: cut along these axes, or whole on each of them."""
        place = NamedSharding(self._mesh, PartitionSpec(*axes))
        return jax.make_array_from_callback(value.shape, place, lambda at: value[at])


@contextmanager
def as_numpy() -> Iterator[None]:
    """float64 is float64, and float32 is not rounded to less in products.

    For this engine's own work only; a precision that the user chose stays.
    """
    if hasattr(jax, "enable_x64"):
        wide = jax.enable_x64(True)
    else:  # JAX before 0.8
        from jax.experimental import enable_x64

        wide = enable_x64()
    with ExitStack() as stack:
        stack.enter_context(wide)
        if jax.config.jax_default_matmul_precision is None:
            stack.enter_context(jax.default_matmul_precision("float32"))
        yield


def _shared_rows(plan: Plan) -> int | None:
    """How many rows a step has to share out; None for one example."""
    if plan.batch_size is not None or plan.rows is not None:
        return plan.batch_size or plan.rows
    shapes: list[tuple[int, ...]] = [np.shape(i.value) for i in plan.inputs]
    longest = max(shapes, default=(), key=lambda shape: shape[:1])
    return longest[0] if len(longest) > 1 else None


def _name(devices: int, processes: int, rows: int | None, divides: bool) -> str:
    """What runs the steps, in words."""
    what = f"{devices} devices"
    if processes > 1:
        what += f" of {processes} processes"
    if devices == 1:
        return "jax"
    if divides:
        return f"jax ({what})"
    why = "one example" if rows is None else f"{rows} rows can't be shared out evenly"
    doing = "each computes everything" if processes > 1 else "only one is used"
    return f"jax ({what}, {doing}: {why})"


__all__ = ["JaxEngine", "as_numpy"]
