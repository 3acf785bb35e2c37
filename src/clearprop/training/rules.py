"""The update rules: what a step does with a gradient.

A ``Rule`` is a name, its constants and the names of its slots (the arrays that it keeps
for each parameter: a velocity, two moments). ``FORMULAS`` holds each rule as one
formula over an array library ``xp``, which NumPy and JAX run as it stands; the native
engine spells the same rules in C and is compared with these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from clearprop.errors import ClearpropError
from clearprop.training.numbers import is_finite

Slots = dict[str, Any]
Formula = Callable[..., tuple[Any, Slots]]


class Rule(NamedTuple):
    """An update rule with its constants, as ``FORMULAS`` and ``DEFAULTS`` name them."""

    name: str
    constants: Mapping[str, float]

    @property
    def slots(self) -> tuple[str, ...]:
        """The arrays that the rule keeps beside each parameter; they start at zero."""
        return SLOTS[self.name]

    def step(
        self, xp: Any, w: Any, g: Any, slots: Slots, rate: Any, count: Any
    ) -> tuple[Any, Slots]:
        """What is added to ``w``, and the slots after it.

        ``count`` is the number of this step, from 1 on.
        """
        return FORMULAS[self.name](xp, w, g, slots, rate, count, **self.constants)


def sgd(xp: Any, w: Any, g: Any, slots: Slots, rate: Any, count: Any) -> Any:
    """Gradient descent: Δw = −η g."""
    return -rate * g, {}


def momentum(
    xp: Any, w: Any, g: Any, slots: Slots, rate: Any, count: Any, *, momentum: float
) -> Any:
    """Polyak's heavy ball, as in Sutskever et al. (2013): v ← μ v − η g; Δw = v."""
    v = momentum * slots["v"] - rate * g
    return v, {"v": v}


def nesterov(
    xp: Any, w: Any, g: Any, slots: Slots, rate: Any, count: Any, *, momentum: float
) -> Any:
    """Nesterov's momentum, read at the look-ahead point: Δw = μ v − η g after v moved.

    The form of Bengio et al. (2013), arXiv 1212.0901, equation 7.
    """
    v = momentum * slots["v"] - rate * g
    return momentum * v - rate * g, {"v": v}


def rmsprop(
    xp: Any,
    w: Any,
    g: Any,
    slots: Slots,
    rate: Any,
    count: Any,
    *,
    decay: float,
    epsilon: float,
) -> Any:
    """Tieleman & Hinton (2012), lecture 6.5: the root of a running mean of squares."""
    s = decay * slots["s"] + (1 - decay) * (g * g)
    return -rate * g / (xp.sqrt(s) + epsilon), {"s": s}


def adam(
    xp: Any,
    w: Any,
    g: Any,
    slots: Slots,
    rate: Any,
    count: Any,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> Any:
    """Kingma & Ba (2015), algorithm 1, both moments corrected for their start at 0."""
    m = beta1 * slots["m"] + (1 - beta1) * g
    v = beta2 * slots["v"] + (1 - beta2) * (g * g)
    m_hat = m / (1 - beta1**count)
    v_hat = v / (1 - beta2**count)
    return -rate * m_hat / (xp.sqrt(v_hat) + epsilon), {"m": m, "v": v}


def adamw(
    xp: Any,
    w: Any,
    g: Any,
    slots: Slots,
    rate: Any,
    count: Any,
    *,
    weight_decay: float,
    **constants: float,
) -> Any:
    """Adam, with the weights' decay beside it (Loshchilov & Hutter 2019, algorithm 2).

    The decay is multiplied by the learning rate, as in PyTorch and Keras.
    """
    change, slots = adam(xp, w, g, slots, rate, count, **constants)
    return change - rate * weight_decay * w, slots


FORMULAS: dict[str, Formula] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
}
SLOTS: dict[str, tuple[str, ...]] = {
    "sgd": (),
    "momentum": ("v",),
    "nesterov": ("v",),
    "rmsprop": ("s",),
    "adam": ("m", "v"),
    "adamw": ("m", "v"),
}
# As the papers have them; RMSProp's as in Keras and PyTorch.
DEFAULTS: dict[str, dict[str, float]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9},
    "rmsprop": {"decay": 0.9, "epsilon": 1e-8},
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
}
# Those that a mean is kept with: at 1 the mean never moves.
_BELOW_ONE = ("momentum", "decay", "beta1", "beta2")


def rule_named(name: str, constants: Mapping[str, float]) -> Rule:
    """The rule with its constants, those not given at their defaults."""
    if name not in FORMULAS:
        meant = str(name).lower()
        hint = f"did you mean {meant!r}?" if meant in FORMULAS else "use one of "
        rest = "" if meant in FORMULAS else ", ".join(FORMULAS)
        raise ClearpropError(f"optimizer={name!r} is unknown: {hint}{rest}")
    known = DEFAULTS[name]
    for key, value in constants.items():
        if key not in known:
            has = ", ".join(known) or "none"
            others = [repr(rule) for rule, table in DEFAULTS.items() if key in table]
            hint = f"; optimizer={' or '.join(others)} has it" if others else ""
            raise ClearpropError(f"{name} has no constant {key!r}; it has: {has}{hint}")
        bad = not is_finite(value) or value < 0
        if bad or (key in _BELOW_ONE and value >= 1):
            limit = "from 0 to below 1" if key in _BELOW_ONE else "0 or more"
            raise ClearpropError(f"{key}={value!r} can't be: {name} needs {limit}")
    return Rule(name, {**known, **{k: float(v) for k, v in constants.items()}})


__all__ = ["DEFAULTS", "FORMULAS", "SLOTS", "Rule", "rule_named"]
