"""The activations that the search knows, and how their slopes are written.

``Z`` is the pre-activation, ``A`` the activation. A slope can be told from either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Function:
    """``from_output`` and ``from_input`` are ways to write the slope, best first."""

    called: str
    value: Callable[[Any], Any]
    from_output: tuple[str, ...] = ()
    from_input: tuple[str, ...] = ()


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


SIGMOID = "1 / (1 + np.exp(-Z))"

FUNCTIONS: dict[str, Function] = {
    "sigmoid": Function(
        "the sigmoid",
        _sigmoid,
        ("A * (1 - A)",),
        ("SIGMOID(Z) * (1 - SIGMOID(Z))", "np.exp(-Z) / (1 + np.exp(-Z))**2"),
    ),
    "tanh": Function("tanh", np.tanh, ("1 - A**2",), ("1 - np.tanh(Z)**2",)),
    "relu": Function("the ReLU", lambda z: np.maximum(z, 0), ("A > 0",), ("Z > 0",)),
    "leaky_relu": Function(
        "the leaky ReLU",
        lambda z: np.where(z > 0, z, 0.01 * z),
        ("np.where(A > 0, 1, 0.01)",),
        ("np.where(Z > 0, 1, 0.01)",),
    ),
    "softplus": Function(
        "softplus",
        lambda z: np.logaddexp(0, z),
        ("1 - np.exp(-A)",),
        ("SIGMOID(Z)",),
    ),
    "elu": Function(
        "the ELU",
        lambda z: np.where(z > 0, z, np.expm1(z)),
        ("np.where(A > 0, 1, A + 1)",),
        ("np.where(Z > 0, 1, np.exp(Z))",),
    ),
    "silu": Function(
        "the SiLU",
        lambda z: z * _sigmoid(z),
        (),
        ("SIGMOID(Z) * (1 + Z * (1 - SIGMOID(Z)))",),
    ),
    "softsign": Function(
        "softsign",
        lambda z: z / (1 + np.abs(z)),
        ("(1 - np.abs(A))**2",),
        ("1 / (1 + np.abs(Z))**2",),
    ),
    "exp": Function("exp", np.exp, ("A",), ("np.exp(Z)",)),
    "sin": Function("sin", np.sin, (), ("np.cos(Z)",)),
    "cos": Function("cos", np.cos, (), ("-np.sin(Z)",)),
    "arctan": Function("arctan", np.arctan, (), ("1 / (1 + Z**2)",)),
    "square": Function("the square", np.square, (), ("2 * Z",)),
}

# Other words for the same thing, as roles may use them.
ALIASES = {
    "logistic": "sigmoid",
    "expit": "sigmoid",
    "leakyrelu": "leaky_relu",
    "leaky relu": "leaky_relu",
    "leaky": "leaky_relu",
    "swish": "silu",
    "logaddexp": "softplus",
    "maximum": "relu",
}

# What a name in a slope may be taken for when nothing is known of it.
USUAL = ("sigmoid", "tanh", "relu")

PROBES = np.array([-1.3, -0.4, 0.2, 0.7])


def known(activation: str) -> str:
    """The key in ``FUNCTIONS`` for what a role says, or ''."""
    word = activation.lower()
    word = ALIASES.get(word, word)
    return word if word in FUNCTIONS else ""
