"""``stepper``: online learning, one step at a call.

What goes in is a forward pass and its parameters; what comes out is a callable that
takes an example (or a batch), makes one forward pass, backward pass and update, and
returns the loss. At the first call the step is derived and compiled; until the code is
there, and where there is no compiler, NumPy makes the steps. Once it is there, the call
goes straight into C.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clearprop.errors import ClearpropError, DivergenceError
from clearprop.training.binding import as_data, bind
from clearprop.training.engines import Instead, engine_for, serving, settled
from clearprop.training.native.fast import FastStep, fast_step
from clearprop.training.planning import plan_for
from clearprop.training.rules import Rule, rule_named
from clearprop.training.schedules import Schedule, rates

# Steps for so many different sizes of examples are kept.
_MOST_SIZES = 8

Key = tuple[tuple[tuple[int, ...], str], ...]


def stepper(
    network: Any,
    params: Any = None,
    *,
    learning_rate: float | Schedule,
    optimizer: str = "sgd",
    l2: float | Mapping[str, float] = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    update: str = "simultaneous",
    engine: str = "auto",
    **constants: float,
) -> Stepper:
    """One training step at a call, for online learning.

    ``step = cp.stepper(network, params, learning_rate=0.5)``, then ``loss = step(x,
    target)`` with the arguments of the forward pass that aren't parameters, in their
    order. The parameters are the stepper's own: ``step.params`` has them as they are.
    The options are those of ``clearprop.train``.

    Raises
    ------
    DivergenceError
        From a call whose loss isn't finite; that call changes no parameter.
    """
    if params is None:
        params = getattr(network, "params", None)
    if params is None:
        raise ClearpropError("stepper needs params: a dict by argument name")
    if update not in ("simultaneous", "sequential"):
        raise ClearpropError(
            f"update={update!r} is unknown: use 'simultaneous' or 'sequential'"
        )
    rates(learning_rate, 0, 1)  # what can't be is said here, not at the first step
    options = dict(
        l2=l2, clip_norm=clip_norm, clip_value=clip_value,
        sequential=update == "sequential",
    )  # fmt: skip
    return Stepper(
        getattr(network, "forward", network),
        params,
        learning_rate,
        rule_named(optimizer, constants),
        options,
        engine,
    )


class Stepper:
    """A step to be called with an example; made by ``clearprop.stepper``.

    ``params`` is a copy of the parameters as they are, ``steps`` how many steps were
    made, ``engine`` which engine makes them.
    """

    def __init__(
        self,
        network: Callable[..., Any],
        params: Any,
        learning_rate: float | Schedule,
        rule: Rule,
        options: dict[str, Any],
        engine: str,
    ) -> None:
        """Use ``clearprop.stepper``."""
        self._network = network
        self._given = params
        self._rate = learning_rate
        self._rule = rule
        self._options = options
        self._wanted = engine
        self._sizes: dict[Key, _Sized] = {}
        self._now: _Sized | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> float:
        """One forward pass, backward pass and update; the loss before the update."""
        return self._step(*args, **kwargs)

    @property
    def params(self) -> Any:
        """A copy of the parameters, nested as they came in."""
        return self._given if self._now is None else self._now.params()

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return 0 if self._now is None else int(self._now.state()["step"])

    @property
    def engine(self) -> str:
        """Which engine makes the steps, and why where it isn't the fastest."""
        return "none yet" if self._now is None else self._now.name

    def _step(self, *args: Any, **kwargs: Any) -> float:
        """The careful way: whatever the arguments are."""
        data = self._named(args, kwargs)
        key = tuple((np.shape(v), np.asarray(v).dtype.str) for v in data.values())
        sized = self._sizes.get(key)
        if sized is None:
            if len(self._sizes) >= _MOST_SIZES:
                del self._sizes[next(iter(self._sizes))]
            sized = self._sizes[key] = _Sized(self, data)
        if sized is not self._now:
            if self._now is not None:
                sized.restore(self._now.state())
            self._now = sized
        loss = sized.step(data)
        if not math.isfinite(loss):
            self._strange(loss)
        return loss

    def _named(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        names = self._names()
        if len(args) > len(names):
            raise ClearpropError(
                f"the step takes {len(names)} arguments ({', '.join(names)}) and was "
                f"given {len(args)}"
            )
        data = {**dict(zip(names, args)), **kwargs}
        return {k: _example(data[k], k) for k in sorted(data, key=_place(names))}

    def _names(self) -> list[str]:
        parameters = inspect.signature(self._network).parameters.values()
        own = self._given if isinstance(self._given, Mapping) else ()
        names = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]
        left = [n for n in names if n not in own]
        # parameters taken whole stand where the forward pass has them: first, or last
        return left if len(left) < len(names) else left[1:]

    def _strange(self, loss: float) -> None:
        rate = float(rates(self._rate, self.steps, 1)[0])
        raise DivergenceError(
            f"the loss of this step is {loss}, so it was not made (step {self.steps}, "
            f"learning rate {rate:g}). Try a smaller rate, or clip_norm=1.0; "
            "step.params has the parameters before it."
        )

    def _install(self, call: Any) -> None:
        """From now on calls go straight into C: to the built-in ``call``."""
        self.__class__ = type("Stepper", (Stepper,), {"__call__": call})


def _example(value: Any, name: str) -> Any:
    """An argument; a Python integer changes from call to call and is no size."""
    return np.int64(value) if type(value) is int else as_data(value, name)


def _place(names: list[str]) -> Callable[[str], int]:
    return lambda name: names.index(name) if name in names else len(names)


class _Sized:
    """The step for examples of one size and dtype."""

    def __init__(self, owner: Stepper, data: dict[str, Any]) -> None:
        self.owner = owner
        self.bound = bind(owner._network, owner._given, data)
        self.plan = plan_for(self.bound, rule=owner._rule, **owner._options)
        guards = self.plan.backward._request.value_guards
        if guards and owner._wanted != "numpy":
            # code for one branch can't serve examples that go the other way
            self.engine: Any = Instead(
                self.plan, f"line {guards[0].line}: a branch depends on the example"
            )
        else:
            self.engine = engine_for(self.plan, owner._wanted)
        self.fast: FastStep | None = None

    @property
    def name(self) -> str:
        """The engine that makes the steps."""
        return "native" if self.fast is not None else str(self.engine.name)

    def step(self, data: Mapping[str, Any]) -> float:
        """One step, by the engine that is ready."""
        if self.fast is None:
            self._hurry(data)
        made = self.state()["step"] if self.fast is None else self.fast.count
        rate = rates(self.owner._rate, int(made), 1)
        if self.fast is not None:
            self.fast.set(rate[0], int(made))
            return float(self.fast.again(*self._as_traced(data)))
        # it might change over between being given the example and making the step
        engine = serving(self.engine)
        for i, given in enumerate(self.plan.inputs):
            if given.leaf.path[0] in data:
                engine.inputs[i] = _at(data[given.leaf.path[0]], given.leaf.path)
        return float(engine.run(None, rate).losses[0])

    def state(self) -> dict[str, np.ndarray]:
        """The state of the engine, the steps that C made counted."""
        if self.fast is not None:
            self.engine.step = self.fast.count
        found: dict[str, np.ndarray] = self.engine.state()
        return found

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from another size's state."""
        self.engine.restore(state)
        if self.fast is not None:
            self.fast.set(0.0, int(state["step"]))

    def params(self) -> Any:
        """The parameters as they are."""
        return self.bound.trained(self.plan, self.state())

    def _hurry(self, data: Mapping[str, Any]) -> None:
        """Go over to C, once it is compiled."""
        self.engine = settled(self.engine)
        if self.engine.name != "native":
            return
        self.fast = fast_step(
            self.engine, list(data), self.owner._step, self.owner._strange
        )
        if self.fast is None:  # the compiled routine reads the first example only
            state = self.engine.state()
            self.engine = Instead(self.plan, "an argument is more than an array")
            self.engine.restore(state)
        elif not callable(self.owner._rate):
            self.owner._install(self.fast.call)

    def _as_traced(self, data: Mapping[str, Any]) -> list[Any]:
        """The example as C takes it: arrays in a row, of the traced dtype."""
        dtypes = {i.leaf.path[0]: i.leaf.node.dtype for i in self.plan.inputs}
        return [
            np.ascontiguousarray(v, dtypes.get(k)) if np.ndim(v) else v
            for k, v in data.items()
        ]


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for _, item in path[1:]:
        value = value[item]
    return value


__all__ = ["Stepper", "stepper"]
