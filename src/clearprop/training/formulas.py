"""The activations and losses of dense networks, as the NumPy text that is written.

Two tables, ``ACTIVATIONS`` and ``LOSSES``, hold each formula once, under its own name
and under those that scikit-learn and Keras have for it, and say which loss goes with
which output. Every formula stays finite and silent wherever its value is a number at
all: no ``exp`` meets a large argument. A Python number meets arrays only: NumPy 1 makes
a float64 of it and the mean of a float32 array.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from clearprop.errors import ClearpropError


@dataclass(frozen=True)
class Activation:
    """``formula`` is an expression of ``z``, with lines before it where it needs them.

    ``about`` is its docstring where it is written as a function of its own; without one
    it is written in place. ``initial`` is how the weights below it begin.
    """

    name: str
    initial: str
    formula: str
    about: str = ""
    before: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # activations that the formula calls
    only_output: bool = False


@dataclass(frozen=True)
class Loss:
    """The lines of a loss; the last is what ``forward`` returns.

    They are expressions of ``{y}``, the output, or of ``{z}``, what the output's
    activation is computed from. ``targets`` says what ``t`` is.
    """

    name: str
    about: str
    lines: tuple[str, ...]
    outputs: tuple[str, ...]
    also: tuple[str, ...] = ()
    targets: str = "numbers"


# -- activations -----------------------------------------------------------------------

_ACTIVATIONS = (
    Activation("identity", "glorot_uniform", "z", also=("linear",)),
    Activation(
        "sigmoid",
        "glorot_uniform",
        "0.5 * (1 + np.tanh(0.5 * z))",
        "1 / (1 + exp(-z)), written so that nothing overflows.",
        also=("logistic",),
    ),
    Activation("tanh", "glorot_uniform", "np.tanh(z)"),
    Activation("relu", "he_normal", "np.maximum(0, z)"),
    Activation("relu6", "he_normal", "np.clip(z, 0, 6)"),
    Activation(
        "leaky_relu",
        "he_normal",
        "np.where(z > 0, z, 0.01 * z)",
        "Maas et al. 2013: a slope of 0.01 below zero.",
    ),
    Activation(
        "elu",
        "he_normal",
        "np.where(z < 0, np.expm1(np.minimum(0, z)), z)",
        "Clevert et al. 2016: exp(z) - 1 below zero.",
    ),
    Activation(
        "selu",
        "lecun_normal",
        "scale * np.where(z < 0, alpha * np.expm1(np.minimum(0, z)), z)",
        "Klambauer et al. 2017: keeps mean 0 and variance 1.",
        before=("scale, alpha = 1.0507009873554805, 1.6732632423543772",),
    ),
    Activation(
        "gelu",
        "he_normal",
        "0.5 * z * (1 + np.tanh(inner))",
        "Hendrycks & Gimpel 2016, in the form with tanh.",
        before=("inner = 0.7978845608028654 * (z + 0.044715 * z**3)  # sqrt(2 / pi)",),
    ),
    Activation(
        "silu",
        "he_normal",
        "z * sigmoid(z)",
        "Elfwing et al. 2018; Ramachandran et al. 2017 call it swish.",
        also=("swish",),
        needs=("sigmoid",),
    ),
    Activation(
        "mish",
        "he_normal",
        "z * np.tanh(np.logaddexp(0, z))",
        "Misra 2019: z tanh(softplus(z)).",
    ),
    Activation("softplus", "he_normal", "np.logaddexp(0, z)"),
    Activation(
        "softsign",
        "glorot_uniform",
        "z / (1 + np.abs(z))",
        "Turian et al. 2009: like tanh, with slower tails.",
    ),
    Activation("hard_tanh", "glorot_uniform", "np.clip(z, -1, 1)"),
    Activation("hard_sigmoid", "glorot_uniform", "np.clip(z / 6 + 0.5, 0, 1)"),
    Activation(
        "hard_silu",
        "he_normal",
        "z * np.clip(z / 6 + 0.5, 0, 1)",
        "Howard et al. 2019: silu with the hard sigmoid.",
        also=("hard_swish",),
    ),
    Activation(
        "exponential", "glorot_uniform", "np.exp(z)", also=("exp",), only_output=True
    ),
    Activation(
        "softmax",
        "glorot_uniform",
        "e / e.sum(axis=1, keepdims=True)",
        "Each row's shares of exp(z): positive, with sum 1.",
        before=("e = np.exp(z - z.max(axis=1, keepdims=True))",),
        only_output=True,
    ),
)
ACTIVATIONS = {a.name: a for a in _ACTIVATIONS}

# -- losses ----------------------------------------------------------------------------

_ANY = tuple(ACTIVATIONS)
_BY_ENTRY = tuple(name for name in _ANY if name != "softmax")
_MARGIN = ("identity", "tanh", "softsign", "hard_tanh")
_LOG_PROBS = (
    "shifted = {z} - {z}.max(axis=1, keepdims=True)",
    "log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
)

_LOSSES = (
    Loss(
        "mean_squared_error",
        "The mean of (y - t)**2 over all outputs of all rows",
        ("np.mean(({y} - t) ** 2)",),
        _ANY,
        also=("mse", "squared_error"),
    ),
    Loss(
        "half_squared_error",
        "Half the sum of (y - t)**2 over a row's outputs, averaged over the rows",
        ("np.mean(0.5 * np.sum(({y} - t) ** 2, axis=1))",),
        _ANY,
    ),
    Loss(
        "mean_absolute_error",
        "The mean of |y - t| over all outputs of all rows",
        ("np.mean(np.abs({y} - t))",),
        _ANY,
        also=("mae", "absolute_error"),
    ),
    Loss(
        "mean_absolute_percentage_error",
        "The mean of 100 |y - t| / |t| over all outputs of all rows",
        ("np.mean(100 * np.abs({y} - t) / np.maximum(np.abs(t), 1e-7))",),
        _BY_ENTRY,
        also=("mape",),
        targets="numbers other than 0",
    ),
    Loss(
        "mean_squared_logarithmic_error",
        "The mean of (log(1 + y) - log(1 + t))**2 over all outputs of all rows",
        (
            "error = np.log1p(np.maximum(0, {y})) - np.log1p(t)",
            "np.mean(error**2)",
        ),
        _BY_ENTRY,
        also=("msle",),
        targets="numbers from 0 on",
    ),
    Loss(
        "huber",
        "The mean of e**2 / 2 where |e| <= 1, and of |e| - 1/2 beyond, with e = y - t",
        (
            "error = {y} - t",
            "near = np.clip(error, -1, 1)",
            "np.mean(near * (error - 0.5 * near))",
        ),
        _ANY,
    ),
    Loss(
        "log_cosh",
        "The mean of log(cosh(y - t)) over all outputs of all rows",
        (
            "error = {y} - t",
            "np.mean(np.logaddexp(error, -error) - 0.6931471805599453)  # log(2)",
        ),
        _ANY,
        also=("logcosh",),
    ),
    Loss(
        "poisson",
        "The mean of y - t log(y), for counts t that are drawn at the rate y",
        ("np.mean({y} - t * {z})",),
        ("exponential",),
        targets="counts",
    ),
    Loss(
        "binary_cross_entropy",
        "The mean of -t log(y) - (1 - t) log(1 - y), computed from z",
        ("np.mean(np.logaddexp(0, {z}) - t * {z})",),
        ("sigmoid",),
        also=("binary_crossentropy", "bce"),
        targets="0 or 1, or between",
    ),
    Loss(
        "sparse_categorical_cross_entropy",
        "The mean of -log(probability of the right class)",
        (*_LOG_PROBS, "-np.mean(log_probs[np.arange(len(t)), t])"),
        ("softmax",),
        also=("sparse_categorical_crossentropy",),
        targets="labels",
    ),
    Loss(
        "categorical_cross_entropy",
        "The mean over the rows of -sum(t log(y))",
        (*_LOG_PROBS, "-np.mean(np.sum(t * log_probs, axis=1))"),
        ("softmax",),
        also=("categorical_crossentropy",),
        targets="one-hot rows",
    ),
    Loss(
        "kl_divergence",
        "The mean over the rows of sum(t log(t / y))",
        (
            *_LOG_PROBS,
            "log_t = np.log(np.maximum(t, 1e-30))  # 0 log 0 is 0",
            "np.mean(np.sum(t * (log_t - log_probs), axis=1))",
        ),
        ("softmax",),
        also=("kullback_leibler_divergence", "kld", "kl"),
        targets="rows of probabilities",
    ),
    Loss(
        "hinge",
        "The mean of max(0, 1 - t y)",
        ("np.mean(np.maximum(0, 1 - t * {y}))",),
        _MARGIN,
        targets="-1 or 1",
    ),
    Loss(
        "squared_hinge",
        "The mean of max(0, 1 - t y)**2",
        ("np.mean(np.maximum(0, 1 - t * {y}) ** 2)",),
        _MARGIN,
        targets="-1 or 1",
    ),
    Loss(
        "categorical_hinge",
        "The mean of max(0, 1 + the largest wrong output - the right one)",
        (
            "right = np.sum(t * {y}, axis=1)",
            "wrong = np.max(np.where(t == 1, -np.inf, {y}), axis=1)",
            "np.mean(np.maximum(0, 1 + wrong - right))",
        ),
        (*_MARGIN, "softmax"),
        targets="one-hot rows",
    ),
)
LOSSES = {loss.name: loss for loss in _LOSSES}
DEFAULT_LOSS = {
    "softmax": "sparse_categorical_cross_entropy",
    "sigmoid": "binary_cross_entropy",
    "exponential": "poisson",
}
# Names that mean the cross-entropy of whatever the output is.
_CROSS_ENTROPY = ("log_loss", "cross_entropy", "crossentropy")

# -- names -----------------------------------------------------------------------------


def activation_named(name: object, argument: str) -> Activation:
    """The row of an activation; ``argument`` is where the user wrote its name."""
    fit = {
        k: a
        for k, a in ACTIVATIONS.items()
        if argument == "output" or not a.only_output
    }
    found = ACTIVATIONS[_known(name, ACTIVATIONS, argument, fit)]
    if found.only_output and argument != "output":
        raise ClearpropError(
            f"{argument}={name!r} can't be: {found.name} is for the output only"
        )
    return found


def loss_named(name: object, output: Activation) -> Loss:
    """The row of a loss that fits the output; None: the output's usual one."""
    usual = DEFAULT_LOSS.get(output.name, "mean_squared_error")
    if name is None or (
        name in _CROSS_ENTROPY and output.name in ("softmax", "sigmoid")
    ):
        return LOSSES[usual]
    found = LOSSES[_known(name, LOSSES, "loss", LOSSES)]
    if output.name not in found.outputs:
        raise ClearpropError(
            f"loss={name!r} doesn't fit output={output.name!r}: it goes with "
            f"{_listed(found.outputs)}, and {output.name} with "
            f"{_listed(loss.name for loss in _LOSSES if output.name in loss.outputs)}"
        )
    return found


def _known(
    name: object,
    table: Mapping[str, Activation] | Mapping[str, Loss],
    argument: str,
    fit: Collection[str],
) -> str:
    names = {own: row.name for row in table.values() for own in (row.name, *row.also)}
    plain = name.lower() if isinstance(name, str) else ""
    if plain in names:
        return names[plain]
    usable = [own for own, canonical in names.items() if canonical in fit]
    near = difflib.get_close_matches(plain, usable, n=1)
    meant = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(fit)}"
    raise ClearpropError(f"{argument}={name!r} is unknown: {meant}")


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


__all__ = [
    "ACTIVATIONS", "DEFAULT_LOSS", "LOSSES", "Activation", "Loss", "activation_named",
    "loss_named",
]  # fmt: skip
