"""The native engine: a plan's steps as compiled C, called once for a chunk of steps.

``NativeEngine(plan)`` waits for the compiler; ``start_compiling(plan)`` runs it in the
background, so that another engine may serve until ``ready()``. The parameters, their
slots and the work space belong to the engine.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError
from clearprop.training.foreseen import Kind, kinds
from clearprop.training.native.arrays import Arrays, as_is, entry
from clearprop.training.native.compile import NoCompiler, library
from clearprop.training.native.emit import STRANGE, Emitted, emit
from clearprop.training.native.gathered import gathered, scattered, steps_at_once
from clearprop.training.native.kept import address, aligned
from clearprop.training.native.routine import Told
from clearprop.training.native.runner import ELSEWHERE, runner
from clearprop.training.native.support import check_labels, unsupported
from clearprop.training.native.values import Unsupported
from clearprop.training.numpy_engine import joined
from clearprop.training.plan import Plan, Steps


class Compiled:
    """A plan's routine for one kind of batch."""

    def __init__(self, emitted: Emitted) -> None:
        """Compile it, or take it from the cache; raises ``NoCompiler``."""
        self.emitted = emitted
        loaded = library(emitted.source)
        self.file: str = loaded._name
        self.run, memory = entry(loaded)
        self._placed(memory)
        self.constants = [as_is(c, c.dtype) for c in emitted.constants]
        self.told = Told(emitted.records)

    def own(self, others: Iterable[Compiled]) -> Compiled:
        """The same routine for one more engine: engines may run side by side.

        Its work space is that of the engine's ``others`` made of the same source.
        """
        made = copy.copy(self)
        same = [c.memory for c in others if c.emitted.source == self.emitted.source]
        made._placed(same[0] if same else aligned(self.memory.size, np.uint8))
        made.begin()
        return made

    def _placed(self, memory: np.ndarray) -> None:
        self.memory, self.place = memory, address(memory)
        asks = self.emitted.batch is not None
        self._rows = memory[:8].view(np.int64) if asks else np.zeros(1, np.int64)

    def begin(self) -> None:
        """Say how many rows a batch has, where the routine asks for that."""
        self._rows[0] = self.emitted.batch or 0

    def steps(
        self, batches: int | None, rates: np.ndarray, made: int, arrays: Any
    ) -> tuple[int, Steps]:
        """What the routine says of its steps, and what it tells of each."""
        count = len(rates)
        blocks, pointers = self.told.blocks(count)
        self.begin()
        done = self.run(
            count, batches, address(rates), made, arrays, pointers, self.place
        )
        return done, self.told.steps(blocks, count, done)

    def quick(self, arrays: Any, rows: int, kind: Kind) -> Callable[..., int] | None:
        """A quicker way to call it where nothing is recorded, if one can be had."""
        try:
            return runner(
                self.run, arrays, self.memory, rows, kind[0] or 0,
                self.emitted.batch is not None,
            )  # fmt: skip
        except NoCompiler:  # it came from the cache
            return None


class Compiling:
    """A plan's routines on their way: the compiler runs in the background.

    A program that ends meanwhile waits for it, so that the next one finds the code.
    """

    def __init__(self, plan: Plan) -> None:
        """Use ``start_compiling``."""
        self.plan = plan
        self.found: dict[Kind, Compiled] = {}
        self.error: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._work, args=(kind,)) for kind in kinds(plan)
        ]
        for thread in self._threads:
            thread.start()

    def wait(self, seconds: float) -> None:
        """Give it a moment: what is cached is there soon."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def ready(self) -> bool:
        """Whether ``engine`` would answer at once."""
        return not any(thread.is_alive() for thread in self._threads)

    def engine(self) -> NativeEngine:
        """The engine; waits for the compiler, and raises what it raised."""
        for thread in self._threads:
            thread.join()
        if self.error is not None:
            raise self.error
        return NativeEngine(self.plan, self.found)

    def _work(self, kind: Kind) -> None:
        try:
            self.found[kind] = Compiled(emit(self.plan, *kind))
        except BaseException as error:  # it is raised where the engine is asked for
            self.error = error


def start_compiling(plan: Plan) -> Compiling:
    """Run the compiler for a plan that is not ``unsupported``, in the background."""
    return Compiling(plan)


class NativeEngine(Arrays):
    """Runs a plan as compiled C; see ``plan.Engine``."""

    name = "native"
    processes = 1
    any_count = True

    def __init__(
        self, plan: Plan, compiled: dict[Kind, Compiled] | None = None
    ) -> None:
        """Compile what isn't, and begin at the plan's own parameters.

        Raises ``Unsupported`` or ``NoCompiler``.
        """
        why = None if compiled else unsupported(plan)
        if why is not None:
            raise Unsupported(why)
        self.plan = plan
        self._compiled: dict[Kind, Compiled] = {}
        for kind, routine in (compiled or {}).items():
            self._compiled[kind] = routine.own(self._compiled.values())
        first, *others = kinds(plan)
        made = self._made(first)
        self._scattered = scattered(plan)
        super().__init__(
            [p.value for p in plan.parameters],
            plan.rule.slots,
            [
                (i.value[:1] if n in self._scattered else i.value, i.leaf.node.dtype)
                for n, i in enumerate(plan.inputs)
            ],
            made.emitted.panels,
            made.memory,
        )
        self._arrays: dict[Compiled, Any] = {}  # as each routine is called with them
        self._quick: dict[Kind, Callable[..., int] | None] = {}
        for kind in (first, *others):
            self._routine(kind)

    def run(self, batches: np.ndarray | None, rates: np.ndarray) -> Steps:
        """As many steps as there are rates."""
        if self._scattered and batches is not None:
            return self._gathering(batches, rates)
        kind: Kind = (self.plan.rows, False)
        given: tuple[np.ndarray, ...] = ()
        if batches is not None:
            kind, given = (batches.shape[-1], True), (batches,)
        quick = self._quick.get(kind)
        if quick is not None:
            losses = np.empty(len(rates))
            done = quick(self.step, losses, rates, *given)
            if done != ELSEWHERE:
                count = self._made_steps(done, len(rates))
                return Steps(losses[:count], {}, ended=done < 0)
        return self._with_care(batches, rates, kind)

    def _with_care(
        self, batches: np.ndarray | None, rates: np.ndarray, kind: Kind
    ) -> Steps:
        """The same for arrays of any kind, with records, and for the first time."""
        count, numbers = len(rates), None
        rates = np.ascontiguousarray(rates, dtype=np.float64)
        if batches is not None:
            batches = np.ascontiguousarray(batches, dtype=np.int64)
            self._check_batches(batches, count)
            numbers = address(batches)
        routine = self._routine(kind)
        arrays = self._arrays[routine]
        done, steps = routine.steps(numbers, rates, self.step, arrays)
        self._made_steps(done, count)
        if kind not in self._quick and not routine.emitted.records:
            self._quick[kind] = routine.quick(arrays, self.plan.rows or 0, kind)
        return steps

    def _gathering(self, batches: np.ndarray, rates: np.ndarray) -> Steps:
        """The same, the rows of some steps at a time put next to each other."""
        self._check_batches(np.ascontiguousarray(batches, np.int64), len(rates))
        routine, made = self._routine((batches.shape[-1], True)), []
        ahead = steps_at_once(self.plan, batches.shape[-1])
        for first in range(0, len(rates), ahead):
            rows = batches[first : first + ahead]
            inputs = gathered(self.plan, rows, self._inputs())
            numbers = np.arange(rows.size, dtype=np.int64)
            some = np.ascontiguousarray(rates[first : first + ahead], np.float64)
            done, steps = routine.steps(
                address(numbers), some, self.step,
                self.pointers(routine.constants, inputs),
            )  # fmt: skip
            self._made_steps(done, len(some))
            made.append(steps)
            if steps.ended:
                break
        return joined(made)

    def _inputs(self) -> list[np.ndarray]:
        """All rows of the inputs, also of those that stay in their file."""
        return [
            self.plan.inputs[i].value if i in self._scattered else array
            for i, array in enumerate(self.inputs)
        ]

    def _made_steps(self, done: int, count: int) -> int:
        """Count what the routine says; how many steps it tells of."""
        if done <= STRANGE + count:
            raise ClearpropError(
                "an index lies outside the array that it reads: check the labels"
            )
        self.step += abs(done) - (done < 0)
        return min(abs(done), count)

    def whole(self) -> Compiled:
        """The routine that takes all rows, or the one example, at every step."""
        return self._routine((self.plan.rows, False))

    def _made(self, kind: Kind) -> Compiled:
        routine = self._compiled.get(kind)
        if routine is None:
            routine = Compiled(emit(self.plan, *kind)).own(self._compiled.values())
            self._compiled[kind] = routine
        return routine

    def _routine(self, kind: Kind) -> Compiled:
        routine = self._made(kind)
        if routine not in self._arrays:
            check_labels(self.plan, routine.emitted, self._inputs())
            self._arrays[routine] = self.pointers(routine.constants)
        return routine

    def _check_batches(self, batches: np.ndarray, count: int) -> None:
        rows = self.plan.rows or 0
        if batches.ndim != 2 or len(batches) != count or not batches.size:
            raise ValueError(f"batches of shape {batches.shape} for {count} steps")
        # a negative one is a large one there
        if np.maximum.reduce(batches.view(np.uint64), axis=None) >= rows:
            raise IndexError(f"batches name rows outside 0 to {rows - 1}")


__all__ = ["Compiling", "NativeEngine", "kinds", "start_compiling"]
