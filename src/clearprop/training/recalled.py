"""A step that an earlier process derived and compiled, called again without either.

What goes in is a forward pass bound to its parameters and to an example; what comes out
is a step like the derived one, or None where it must be derived: nothing is kept, or
what is kept could differ from what would be derived now. Why that is sound stands in
``docs/design.md``. ``CLEARPROP_FRESH=1`` derives every step.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

import clearprop
from clearprop.training.binding import Bound
from clearprop.training.entries import find, keep
from clearprop.training.native.arrays import Arrays, entry, in_a_row
from clearprop.training.native.glue import Argument, FastStep
from clearprop.training.native.kept import Panels, address
from clearprop.training.native.machine import processor
from clearprop.training.reach import Unknown, literal, reached
from clearprop.training.returned import losses_of
from clearprop.training.rules import Rule

if TYPE_CHECKING:
    from clearprop.training.native.engine import NativeEngine

# The compiled step adds in another order than NumPy: single precision explains this.
_DIGITS = 1e-5


def key_of(bound: Bound, rule: Rule, options: Mapping[str, Any]) -> str | None:
    """All that a step depends on, as text; None where that can't be told."""
    if os.environ.get("CLEARPROP_FRESH"):
        return None
    arrays = [v for v in bound.data.values() if isinstance(v, np.ndarray)]
    if any(np.may_share_memory(a, b) for a, b in combinations(arrays, 2)):
        return None
    settings = {k: v for k, v in os.environ.items() if k.startswith("CLEARPROP_")}
    settings |= {k: os.environ.get(k, "") for k in ("CC", "PATH")}
    settings.pop("CLEARPROP_CACHE", None)
    settings.pop("CLEARPROP_ENGINE", None)
    try:
        return "\n".join([
            f"clearprop {clearprop.__version__}, NumPy {np.__version__}, {sys.version}",
            f"{clearprop.__file__}, {np.__file__}",
            processor(), str(_cores()), repr(sorted(settings.items())),
            repr(sorted(np.geterr().items())),
            reached(bound.network),
            *(f"{name!r}: {_form(value)}" for name, value in bound.params.items()),
            f"whole: {bound.whole}",
            *(f"{name!r}: {_form(value)}" for name, value in bound.data.items()),
            f"{rule.name} {_option(rule.constants)}",
            *(f"{name} {_option(value)}" for name, value in sorted(options.items())),
        ])  # fmt: skip
    except Unknown:
        return None


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on a Mac
        return os.cpu_count() or 1


def _form(value: Any) -> str:
    """What deriving reads of an argument: everything but the numbers."""
    kind = type(value)
    if kind is np.ndarray:
        return f"array {value.dtype.str} {value.shape} {value.strides}"
    if kind is float or isinstance(value, np.integer | np.floating):
        return f"number {kind.__name__}"
    if kind is dict:
        inner = (f"{literal(k)}: {_form(v)}" for k, v in value.items())
        return f"dict({', '.join(inner)})"
    if kind is list or kind is tuple:
        return f"{kind.__name__}({', '.join(map(_form, value))})"
    return literal(value)


def _option(value: Any) -> str:
    if isinstance(value, Mapping):
        return repr([(literal(k), literal(v)) for k, v in value.items()])
    return literal(value)


def remember(
    key: str | None, bound: Bound, engine: NativeEngine, fast: FastStep
) -> None:
    """Keep a step that was derived, proved without a doubt and compiled."""
    from clearprop.training.native.compile import compiler_files

    plan, routine = engine.plan, engine.whole()
    backward = plan.backward
    names = [given.leaf.path[0] for given in plan.inputs]
    simple = (
        not backward.doubtful
        and not backward.request.value_guards
        and all(not i.leaf.captured and len(i.leaf.path) == 1 for i in plan.inputs)
    )
    if key is None or not simple:
        return
    found = {
        "parameters": [p.leaf.path for p in plan.parameters],
        "inputs": [(n, a.dtype.str) for n, a in zip(names, engine.inputs)],
        "constants": [(a.dtype.str, a.shape, a.tobytes()) for a in routine.constants],
        "labels": routine.emitted.labels,
        "batch": routine.emitted.batch,
        "panels": [tuple(p) for p in routine.emitted.panels],
        "arguments": [(a.dtype.str, *a[1:]) for a in fast.arguments],
        "routine": routine.file,
        "glue": fast.glue,
    }
    keep(key, found, [routine.file, fast.glue], compiler_files())


def recall(
    key: str | None,
    bound: Bound,
    rule: Rule,
    slow: Callable[..., Any],
    strange: Callable[[float], Any],
) -> Recalled | None:
    """The step of this key, tried at the example; None where it must be derived."""
    kept = find(key) if key is not None else None
    if kept is None:
        return None
    try:
        step = Recalled(kept, bound, rule)
        if not step.is_right():
            return None
        step.begin(slow, strange)
    except (OSError, AttributeError, LookupError, TypeError, ValueError):
        return None
    return step


class Recalled:
    """The compiled step and arrays of its own, in the place of a derived one."""

    name = "native"
    fast: FastStep

    def __init__(self, kept: dict[str, Any], bound: Bound, rule: Rule) -> None:
        """Use ``recall``."""
        self._kept, self._bound = kept, bound
        self._starts = [np.asarray(bound.at(p)) for p in kept["parameters"]]
        given = bound.arguments(bound.data, {}).arguments  # with the defaults
        inputs = [(given[name], dtype) for name, dtype in kept["inputs"]]
        self._constants = [
            np.frombuffer(raw, dtype).reshape(shape)
            for dtype, shape, raw in kept["constants"]
        ]
        self._run, self._memory = entry(ctypes.CDLL(kept["routine"]))
        if kept["batch"] is not None:
            self._memory[:8].view(np.int64)[0] = kept["batch"]
        panels = [Panels(*p) for p in kept["panels"]]
        self._own = Arrays(self._starts, rule.slots, inputs, panels, self._memory)
        self._pointers = self._own.pointers(self._constants)

    def is_right(self) -> bool:
        """Whether a step gives the user's own loss and finite numbers; it is undone."""
        own = self._own
        for kind, i, n in self._kept["labels"]:
            array = own.inputs[i] if kind == "input" else self._constants[i]
            if array.min() < -n or array.max() >= n:
                return False
        try:
            with np.errstate(all="ignore"):
                wanted = float(np.mean(losses_of(self._bound.call(self._bound.data))))
        except Exception:  # deriving says what is wrong
            return False
        loss, rate = np.zeros(1), np.ones(1)
        told = (ctypes.c_void_p * 1)(address(loss))
        done = self._run(
            1, None, address(rate), 0, self._pointers, told, address(self._memory)
        )
        finite = all(np.isfinite(a).all() for a in own.state().values())
        own.begin_at(self._starts)
        near = _DIGITS * max(abs(wanted), 1e-12)
        return bool(done == 1 and finite and abs(loss[0] - wanted) <= near)

    def begin(self, slow: Callable[..., Any], strange: Callable[[float], Any]) -> None:
        """Make the step a built-in function: ``fast.call``."""
        self.fast = FastStep(
            self._run,
            self._pointers,
            address(self._memory),
            [Argument(np.dtype(a[0]), *a[1:]) for a in self._kept["arguments"]],
            slow,
            strange,
            kept=(self._memory, self._own, self._constants),
            glue=self._kept["glue"],
        )

    @property
    def made(self) -> int:
        """How many steps were made."""
        return self.fast.count

    def step(self, data: Mapping[str, Any], rate: float) -> float:
        """One step, by the compiled routine."""
        self.fast.set(rate, self.fast.count)
        return float(self.fast.again(*in_a_row(data, dict(self._kept["inputs"]))))

    def state(self) -> dict[str, np.ndarray]:
        """As an engine's, the steps that C made counted."""
        self._own.step = self.made
        return self._own.state()

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from another size's state."""
        self._own.restore(state)
        self.fast.set(0.0, self._own.step)

    def params(self) -> Any:
        """The parameters as they are."""
        return self._bound.moved(self._kept["parameters"], self.state())


__all__ = ["key_of", "recall", "remember"]
