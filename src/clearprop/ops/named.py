"""Functions with a name of their own, recognised however the user wrote them.

They exist so that their derivatives can be the ones an expert knows: ``s * (1 - s)``,
``probs - onehot``. ``clearprop.gradient.lower`` turns each into plain operations again
before anything is written.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clearprop.graph import Node, define
from clearprop.ops.reduce import reduced


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), without overflow."""
    z = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1 / (1 + z), z / (1 + z))[()]


def logsumexp(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """log(sum(exp(x))), shifted by the maximum (Goodfellow et al. 2016, chapter 4)."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)  # a row of -inf gives -inf
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)


def softmax(x: Any, axis: tuple[int, ...]) -> Any:
    """exp(x) / sum(exp(x)), shifted by the maximum."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


define(
    "sigmoid", sigmoid, gradient=lambda g, y, x: g * (y * (1 - y)),
    says="the slope of the sigmoid is s * (1 - s): flat where it saturates",
)  # fmt: skip
define(
    "softplus", lambda x: np.logaddexp(0, x),
    gradient=lambda g, y, x: g * x.graph.apply("sigmoid", x),
    says="the slope of softplus is the sigmoid",
)  # fmt: skip
define(
    "log_sigmoid", lambda x: -np.logaddexp(0, -x),
    gradient=lambda g, y, x: g * (1 - x.graph.apply("sigmoid", x)),
    says="the slope of log(sigmoid(x)) is 1 - sigmoid(x)",
)  # fmt: skip
define(
    "relu", lambda x: np.maximum(0, x), gradient=lambda g, y, x: g * (y > 0),
    says="ReLU passes the gradient where the unit is active",
    domain=(0.2, 2),
)  # fmt: skip


def _same(graph: Any, inputs: Any, params: Any) -> Any:
    return inputs[0].dims, inputs[0].dtype


def _softmax_gradient(g: Node, y: Node, x: Node, axis: tuple[int, ...]) -> Node:
    return y * (g - (g * y).sum(axis, keepdims=True))


def _log_softmax_gradient(g: Node, y: Node, x: Node, axis: tuple[int, ...]) -> Node:
    probs = x.graph.apply("softmax", x, axis=axis)
    return g - probs * g.sum(axis, keepdims=True)


def _logsumexp_gradient(
    g: Node, y: Node, x: Node, axis: tuple[int, ...], keepdims: bool
) -> Node:
    probs = x.graph.apply("softmax", x, axis=axis)
    return (g if keepdims else g.expand(axis)) * probs


define(
    "softmax", softmax, infer=_same, gradient=_softmax_gradient,
    says="softmax mixes its outputs: each also pulls on the others",
)  # fmt: skip
define(
    "log_softmax", lambda x, axis: x - logsumexp(x, axis, True), infer=_same,
    gradient=_log_softmax_gradient,
    says="log-softmax: the gradient less its sum shared out by the probabilities",
)  # fmt: skip
define(
    "logsumexp", logsumexp, infer=reduced, gradient=_logsumexp_gradient,
    says="log-sum-exp shares the gradient out by the softmax",
)  # fmt: skip
