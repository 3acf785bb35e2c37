"""Random numbers in the forward pass: seeds and generators that it makes itself."""

import numpy as np

from ._case import Case, binary, normals


def dropout_seeded(X, Y, parameters, keep_prob):
    np.random.seed(1)
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    A1 = np.maximum(0, np.dot(W1, X) + b1)
    D1 = np.random.rand(A1.shape[0], A1.shape[1])
    D1 = D1 < keep_prob
    A1 = A1 * D1 / keep_prob
    A2 = 1 / (1 + np.exp(-(np.dot(W2, A1) + b2)))
    m = Y.shape[1]
    return -1.0 / m * np.nansum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))


def seeded_twice(x, W, seed=3):
    np.random.seed(seed)
    h = np.tanh((x * (np.random.rand(*x.shape) > 0.3)) @ W)
    np.random.seed(seed + 1)
    return (h * (np.random.rand(*h.shape) > 0.5)).sum()


def draws_that_nobody_uses(x, w):
    np.random.seed(0)
    unused = np.random.rand(3)  # noqa: F841 (the next numbers are others for it)
    return (x * np.random.rand(*x.shape) * w).sum()


def generator_of_its_own(logits, W, tau):
    rng = np.random.default_rng(42)
    u = rng.uniform(size=logits.shape)
    y = np.exp((logits - np.log(-np.log(u + 1e-20) + 1e-20)) / tau)
    y /= y.sum(-1, keepdims=True)
    return np.sum(y @ W)


def generator_by_keyword(x, weights, p):
    rng = np.random.default_rng(seed=0)
    for W in weights:
        keep = rng.random((x.shape[0], W.shape[1])) < p
        x = np.maximum(x @ W, 0) * keep / p
    return x.sum()


def random_state(x, w):
    rs = np.random.RandomState(1)
    rows = rs.choice(len(x), 2, replace=False)
    noise = rs.normal(0, 0.1, size=2)
    order = rs.permutation(len(x))
    return np.sum((x[rows] @ w + noise) ** 2) + (x[order][0] ** 2).sum()


def network(rng, D, H, m):
    X, W1, b1, W2, b2 = normals(rng, (D, m), (H, D), (H, 1), (1, H), (1, 1))
    return X, binary(rng, 1, m), {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, 0.6


def layers(rng, N, D, H):
    x, W1, W2 = normals(rng, (N, D), (D, H), (H, 2))
    return x, [W1, W2], 0.8


CASES = [
    Case(
        dropout_seeded, "parameters", network,
        dict(D=4, H=5, m=6), dict(D=3, H=7, m=8),
    ),
    Case(
        seeded_twice, "x W", lambda rng, N, D, H: (*normals(rng, (N, D), (D, H)), 3),
        dict(N=3, D=4, H=5), dict(N=4, D=2, H=6),
    ),
    Case(
        draws_that_nobody_uses, "x w", lambda rng, N: normals(rng, (N,), (N,)),
        dict(N=4), dict(N=5),
    ),
    Case(
        generator_of_its_own, "logits W tau",
        lambda rng, N, K: (*normals(rng, (N, K), (K, 2)), 0.7),
        dict(N=3, K=4), dict(N=5, K=6),
    ),
    Case(
        generator_by_keyword, "x weights", layers,
        dict(N=3, D=4, H=5), dict(N=4, D=2, H=6),
    ),
    Case(
        random_state, "x w", lambda rng, N, D: normals(rng, (N, D), (D,)),
        dict(N=4, D=3), dict(N=6, D=2),
    ),
]  # fmt: skip
