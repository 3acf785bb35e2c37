"""Where training begins: weights at random, of the size that a layer needs; biases 0.

Each rule is a variance. With it, the values of all layers begin equally large, forward
and (Glorot) backward, whatever the layers' widths. It is drawn from a normal or, as
``_uniform``, from a uniform distribution of the same variance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from clearprop.errors import ClearpropError

# The variance of a weight, by the number of inputs and of outputs of its layer.
VARIANCE = {
    # He et al. (2015), equation 10: a ReLU lets half of what comes in pass.
    "he": lambda n_in, n_out: 2 / n_in,
    # Glorot & Bengio (2010), equation 12; as uniform, their equation 16.
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
    # LeCun et al. (1998), Efficient BackProp, section 4.6.
    "lecun": lambda n_in, n_out: 1 / n_in,
}
RULES = tuple(f"{name}_{drawn}" for name in VARIANCE for drawn in ("normal", "uniform"))


def initial_weights(
    sizes: Sequence[int],
    rules: Sequence[str],
    rng: np.random.Generator,
    dtype: np.dtype,
) -> dict[str, np.ndarray]:
    """``{"W1": (inputs, outputs), "b1": (outputs,), …}``, a rule for each layer.

    The numbers are the same for every dtype, up to rounding.
    """
    found: dict[str, np.ndarray] = {}
    layers = zip(sizes, sizes[1:], rules, strict=False)
    for k, (n_in, n_out, rule) in enumerate(layers, 1):
        found[f"W{k}"] = drawn(rule, n_in, n_out, rng).astype(dtype)
        found[f"b{k}"] = np.zeros(n_out, dtype)
    return found


def drawn(rule: str, n_in: int, n_out: int, rng: np.random.Generator) -> np.ndarray:
    """The weights of one layer, in float64."""
    name, _, how = rule.rpartition("_")
    variance = VARIANCE[name](n_in, n_out)
    if how == "normal":
        return rng.normal(0, math.sqrt(variance), (n_in, n_out))
    limit = math.sqrt(3 * variance)
    return rng.uniform(-limit, limit, (n_in, n_out))


def rule_named(name: object) -> str:
    """The name of a rule, as Keras has them."""
    if name not in RULES:
        raise ClearpropError(
            f"initial={name!r} is unknown: use one of {', '.join(RULES)}"
        )
    return str(name)


__all__ = ["RULES", "VARIANCE", "drawn", "initial_weights", "rule_named"]
