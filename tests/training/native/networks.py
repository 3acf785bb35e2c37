"""Forward passes as people write them: activations, losses, and a data set for each.

Every loss says how its targets look; every activation comes in the form that users of
NumPy write. All are put together by ``network``.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(z, 0)


def relu_by_mask(z):
    return z * (z > 0)


def leaky(z):
    return np.where(z > 0, z, 0.01 * z)


def elu(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def softplus(z):
    return np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0)


def swish(z):
    return z / (1 + np.exp(-z))


def gelu(z):
    return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))


def softsign(z):
    return z / (1 + np.abs(z))


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "sigmoid": sigmoid, "tanh": np.tanh, "relu": relu, "relu_by_mask": relu_by_mask,
    "leaky": leaky, "elu": elu, "softplus": softplus, "swish": swish, "gelu": gelu,
    "softsign": softsign,
}  # fmt: skip


def squared(s, t):
    return np.mean((s - t) ** 2)


def absolute(s, t):
    return np.abs(s - t).mean()


def huber(s, t):
    d = s - t
    a = np.abs(d)
    return np.mean(np.where(a < 1, 0.5 * d * d, a - 0.5))


def half_sum(s, t):
    return 0.5 * np.sum((s - t) ** 2) / len(s)


def softmax_labels(s, t):
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(t)), t]).mean()


def log_softmax_labels(s, t):
    top = np.max(s, axis=1, keepdims=True)
    logp = s - top - np.log(np.sum(np.exp(s - top), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(t)), t])


def softmax_onehot(s, t):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.sum(t * np.log(p), axis=1))


def softmax_eye(s, t):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.sum(np.eye(3)[t] * np.log(p)) / len(t)


def cross_entropy(s, t):
    p = 1 / (1 + np.exp(-s))
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def hinge(s, t):
    right = s[np.arange(len(t)), t][:, None]
    margins = np.maximum(0, s - right + 1)
    return np.sum(margins) / len(t) - 1


# Each loss with what its targets are.
LOSSES: dict[str, tuple[Callable[..., Any], str]] = {
    "squared": (squared, "numbers"), "absolute": (absolute, "numbers"),
    "huber": (huber, "numbers"), "half_sum": (half_sum, "numbers"),
    "softmax_labels": (softmax_labels, "labels"),
    "log_softmax_labels": (log_softmax_labels, "labels"),
    "softmax_onehot": (softmax_onehot, "onehot"),
    "softmax_eye": (softmax_eye, "labels"),
    "cross_entropy": (cross_entropy, "truths"), "hinge": (hinge, "labels"),
}  # fmt: skip


def dense(act, loss):
    def forward(x, t, W1, b1, W2, b2):
        return loss(act(x @ W1 + b1) @ W2 + b2, t)

    return forward, dict(W1=(5, 4), b1=(4,), W2=(4, 3), b2=(3,))


def deep(act, loss):
    def forward(x, t, W1, W2, W3):
        return loss(act(act(x @ W1) @ W2) @ W3, t)

    return forward, dict(W1=(5, 7), W2=(7, 4), W3=(4, 3))


def rows_of_weights(act, loss):
    """Weights as (out, in), as PyTorch and Nielsen keep them."""

    def forward(x, t, W1, b1, W2, b2):
        return loss(np.dot(act(np.dot(x, W1.T) + b1), W2.T) + b2, t)

    return forward, dict(W1=(4, 5), b1=(1, 4), W2=(3, 4), b2=(1, 3))


def columns_of_examples(act, loss):
    """Examples as columns, as in Ng's course."""

    def forward(x, t, W1, b1, W2, b2):
        return loss((W2 @ act(W1 @ x.T + b1) + b2).T, t)

    return forward, dict(W1=(4, 5), b1=(4, 1), W2=(3, 4), b2=(3, 1))


def residual(act, loss):
    def forward(x, t, W1, W2, W3):
        h = act(x @ W1)
        h = h + act(h @ W2)
        return loss(h @ W3, t)

    return forward, dict(W1=(5, 4), W2=(4, 4), W3=(4, 3))


def normalised(act, loss):
    """Batch normalisation between the layers."""

    def forward(x, t, W1, gamma, beta, W2):
        z = x @ W1
        z = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
        return loss(act(gamma * z + beta) @ W2, t)

    return forward, dict(W1=(5, 4), gamma=(4,), beta=(4,), W2=(4, 3))


def decayed(act, loss):
    """The L2 term written into the loss."""

    def forward(x, t, W1, W2):
        return loss(act(x @ W1) @ W2, t) + 0.01 * (np.sum(W1**2) + np.sum(W2**2))

    return forward, dict(W1=(5, 4), W2=(4, 3))


def bias_in_the_input(act, loss):
    def forward(x, t, W1, W2):
        x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
        return loss(act(x @ W1) @ W2, t)

    return forward, dict(W1=(6, 4), W2=(4, 3))


NETWORKS = {
    f.__name__: f
    for f in (
        dense, deep, rows_of_weights, columns_of_examples, residual, normalised,
        decayed, bias_in_the_input,
    )
}  # fmt: skip


def network(
    name: str, activation: str, loss: str, dtype: str, rows: int = 24
) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """A forward pass, its parameters and its data."""
    rng = np.random.default_rng(7)
    function, targets = LOSSES[loss]
    forward, shapes = NETWORKS[name](ACTIVATIONS[activation], function)
    params = {k: (0.5 * rng.normal(size=s)).astype(dtype) for k, s in shapes.items()}
    labels = rng.integers(0, 3, rows)
    made = {
        "numbers": rng.normal(size=(rows, 3)).astype(dtype),
        "labels": labels,
        "onehot": np.eye(3)[labels].astype(dtype),
        "truths": rng.integers(0, 2, (rows, 3)).astype(dtype),
    }
    x = rng.normal(size=(rows, 5)).astype(dtype)
    return forward, params, {"x": x, "t": made[targets]}


def pairwise(axes: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Few cases in which every pair of values of two axes occurs: greedy, seeded."""
    sides = list(itertools.combinations(range(len(axes)), 2))
    missing = {(i, a, j, b) for i, j in sides for a in axes[i] for b in axes[j]}
    rng = random.Random(1)
    cases = []
    while missing:
        i, a, j, b = min(missing)
        best: tuple[str, ...] = ()
        covered: set[Any] = set()
        for _ in range(60):
            case = [rng.choice(axis) for axis in axes]
            case[i], case[j] = a, b
            pairs = {(i, case[i], j, case[j]) for i, j in sides} & missing
            if len(pairs) > len(covered):
                best, covered = tuple(case), pairs
        cases.append(best)
        missing -= covered
    return cases
