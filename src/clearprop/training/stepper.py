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
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.errors import ClearpropError, DivergenceError
from clearprop.training.binding import Bound, bind
from clearprop.training.given import as_data, each, in_turn, network_of
from clearprop.training.native.glue import FastStep
from clearprop.training.numbers import limit
from clearprop.training.recalled import Recalled, key_of, recall
from clearprop.training.rules import Rule, rule_named
from clearprop.training.schedules import Schedule, rates

if TYPE_CHECKING:
    from clearprop.training.derived import Derived

_SMALLER = "Try a smaller rate, or clip_norm=1.0."
# Steps for so many different sizes of examples are kept.
_MOST_SIZES = 8

Key = tuple[tuple[str, tuple[int, ...], str], ...]  # names, shapes, dtypes


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
        From a call whose loss or gradient isn't finite; it changes no parameter.
    """
    forward, params = network_of(network, params, "stepper")
    rates(learning_rate, 0, 1)  # what can't be is said here, not at the first step
    options = dict(
        l2=l2,
        clip_norm=limit(clip_norm, "clip_norm"),
        clip_value=limit(clip_value, "clip_value"),
        sequential=in_turn(update),
    )  # fmt: skip
    return Stepper(
        forward,
        params,
        learning_rate,
        rule_named(optimizer, constants),
        options,
        engine,
        getattr(network, "refuse", None) if forward is not network else None,
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
        refuse: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Use ``clearprop.stepper``."""
        self._network = network
        self._given = each(np.copy, params)
        self._rate = learning_rate
        self._rule = rule
        self._options = options
        self._wanted = engine
        self._refuse = refuse  # what the network says of examples that can't be its own
        self._sizes: dict[Key, Recalled | Derived] = {}
        self._now: Recalled | Derived | None = None
        self._names: list[str] = []

    def __call__(self, *args: Any, **kwargs: Any) -> float:
        """One forward pass, backward pass and update; the loss before the update."""
        return self._step(*args, **kwargs)

    @property
    def params(self) -> Any:
        """A copy of the parameters, nested as they came in."""
        return each(np.copy, self._given) if self._now is None else self._now.params()

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return 0 if self._now is None else self._now.made

    @property
    def engine(self) -> str:
        """Which engine makes the steps, and why where it isn't the fastest."""
        return "none yet" if self._now is None else self._now.name

    def _step(self, *args: Any, **kwargs: Any) -> float:
        """The careful way: whatever the arguments are."""
        data = self._named(args, kwargs)
        key = tuple((k, np.shape(v), np.asarray(v).dtype.str) for k, v in data.items())
        sized = self._sizes.get(key)
        if sized is None:
            if len(self._sizes) >= _MOST_SIZES:
                del self._sizes[next(iter(self._sizes))]
            sized = self._sizes[key] = self._made(data)
        if sized is not self._now:
            if self._now is not None:
                sized.restore(self._now.state())
            self._now = sized
            self._hurry(sized.fast, data)
        return sized.step(data, float(rates(self._rate, self.steps, 1)[0]))

    def _made(self, data: dict[str, Any]) -> Recalled | Derived:
        """The step for examples of this size: as it was kept, or derived now."""
        if self._refuse is not None:
            self._refuse(data)
        bound, key = bind(self._network, self._given, data), None
        engine = self._wanted
        if engine == "auto":
            engine = os.environ.get("CLEARPROP_ENGINE") or "native"
        # a kept step is tried at the parameters that were given
        if engine in ("auto", "native") and self._now is None:
            key = key_of(bound, self._rule, self._options)
            recalled = recall(key, bound, self._rule, self._step, self._strange)
            if recalled is not None:
                return recalled
        from clearprop.training.derived import Derived

        return Derived(self, bound, key)

    def _named(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if self._now is None:  # what was found in a call that failed may be wrong
            self._names = self._found_names(args, kwargs)
        names = self._names
        if len(args) > len(names):
            raise ClearpropError(
                f"the step takes {len(names)} arguments ({', '.join(names)}) and was "
                f"given {len(args)}"
            )
        twice = [name for name in names[: len(args)] if name in kwargs]
        if twice:
            raise ClearpropError(f"the step was given {', '.join(twice)} twice")
        data = {**dict(zip(names, args)), **kwargs}
        return {k: _example(data[k], k) for k in sorted(data, key=_place(names))}

    def _found_names(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
        """The arguments of a step: those of the forward pass but for the parameters."""
        parameters = inspect.signature(self._network).parameters.values()
        named = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
        own = self._given if isinstance(self._given, Mapping) else ()
        left = [p.name for p in named if p.name not in own]
        if len(left) < len(named) or (own and len(named) < len(parameters)):
            return left  # the parameters have names, be it those of **options
        # one argument takes them all: the one that is left by those with a name
        free = [p.name for p in named if p.default is p.empty and p.name not in kwargs]
        if len(free) > 1 and len(args) == len(free) - 1:
            from clearprop.training.whole import argument_for_all

            def by_name(data: dict[str, Any]) -> Bound:
                return bind(self._network, self._given, {**data, **kwargs})

            free = [argument_for_all(self._network, free, args, by_name)]
        return [n for n in left if n != free[0]] if free else left

    def _strange(self, loss: float) -> None:
        rate = float(rates(self._rate, self.steps, 1)[0])
        what, remedy = f"the loss of this step is {loss}", _SMALLER
        if math.isfinite(loss):
            from clearprop.training.diverging import SLOPE

            what = f"a gradient of this step is not finite (its loss is {loss:.4g})"
            remedy = SLOPE
        raise DivergenceError(
            f"{what}, so it was not made (step {self.steps}, learning rate {rate:g}). "
            f"{remedy} step.params has the parameters before it."
        )

    def _hurry(self, fast: FastStep | None, data: Mapping[str, Any]) -> None:
        """From now on calls go straight into C, where it is this size's step in C.

        C takes arguments by their places, and knows one rate.
        """
        in_place = self._names[: len(data)] == list(data)
        if fast is None or callable(self._rate) or not in_place:
            self.__class__ = Stepper
        else:
            self.__class__ = type("Stepper", (Stepper,), {"__call__": fast.call})


def _example(value: Any, name: str) -> Any:
    """An argument; a Python integer changes from call to call and is no size."""
    return np.int64(value) if type(value) is int else as_data(value, name)


def _place(names: list[str]) -> Callable[[str], int]:
    return lambda name: names.index(name) if name in names else len(names)


__all__ = ["Stepper", "stepper"]
