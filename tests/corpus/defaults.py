"""Defaults that are no numbers, numbers that keep their precision, rarer functions."""

import math

import numpy as np

from ._case import Case, apart, labels, nonzero, normals, positive


def function_as_default(x, W, activation=np.tanh, scale=2.0):
    return scale * activation(x @ W).sum()


def function_by_keyword(x, W, *, activation=np.tanh):
    return activation(x @ W).sum()


def array_as_default(x, k=2, w=np.array([1.0, 2.0, 3.0])):  # noqa: B008
    return (x * w).sum() ** k


def tuples_as_defaults(x, W, bounds=(-1.0, 1.0), names=("a", "b"), kept=[0, 1]):  # noqa: B006
    return np.clip(x @ W, *bounds)[:, kept].sum() * len(names)


def options_as_default(x, options={"power": 2, "scale": 1.5}):  # noqa: B006
    return options["scale"] * (x ** options["power"]).sum()


def float32_mean_of_relu(x, scale):
    h = np.maximum(x * scale, 0)
    return h.mean()


def float32_masks(x, W, y):
    rate = np.float32(0.1)
    z = x @ W
    right = (z > 0) == (y > 0)
    h = z * (z > 0) + rate * (z <= 0) * z
    picked = np.where(right, rate, np.float32(1.0)) * h
    return (picked * (1 - right)).mean() + picked.sum() * np.float32(0.5)


def drawdown(returns, w):
    wealth = np.cumprod(1 + returns @ w)
    peak = np.maximum.accumulate(wealth)
    return ((peak - wealth) / peak).mean()


def running_extremes(x):
    rising = np.maximum.accumulate(x, axis=1)
    falling = np.minimum.accumulate(x)
    return (rising * np.arange(x.shape[1])).sum() + falling.sum()


def top_by_partition(x):
    best = np.argpartition(x, -2, axis=1)[:, -2:]
    return np.sum(np.take_along_axis(x, best, axis=1) ** 2)


def jitter_on_the_diagonal(A, s):
    A = A.copy()
    A[np.diag_indices_from(A)] += s
    return np.linalg.det(A)


def padded_with_pairs(image, w):
    padded = np.pad(image, ((1, 1), (1, 1)), "constant", constant_values=(0, 0))
    return (padded[:-2, 1:-1] * w + padded[2:, 1:-1]).sum() ** 2


def cholesky_that_may_fail(A, b):
    try:
        L = np.linalg.cholesky(A)
    except np.linalg.LinAlgError:
        L = np.linalg.cholesky(A + 1e-3 * np.eye(len(A)))
    z = np.linalg.solve(L, b)
    return z @ z + 2 * np.log(L.diagonal()).sum()


def exact_sum_of_pairs(*pairs):
    xs, ys = zip(*pairs, strict=True)
    return math.fsum(map(lambda a, b: (a - b) ** 2, xs, ys)) / len(pairs)


def many_layers(x, y, params):
    for layer in range(1, 4):
        x = np.tanh(x @ params["W" + str(layer)] + params["b" + str(layer)])
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean()


def fft(re, im):
    n = len(re)
    if n == 1:
        return re, im
    er, ei = fft(re[::2], im[::2])
    orr, oi = fft(re[1::2], im[1::2])
    k = np.arange(n // 2)
    c, s = np.cos(2 * np.pi * k / n), -np.sin(2 * np.pi * k / n)
    tr, ti = c * orr - s * oi, c * oi + s * orr
    return np.concatenate([er + tr, er - tr]), np.concatenate([ei + ti, ei - ti])


def recursive_spectrum(x, w):
    re, im = fft(x, np.zeros(len(x)))
    return np.sum(w * (re**2 + im**2))


def low(*arrays):
    return tuple(a.astype(np.float32) for a in arrays)


def three_layers(rng, N, D, H, C):
    params = {}
    for layer, (a, b) in enumerate([(D, H), (H, H), (H, C)], 1):
        params[f"W{layer}"], params[f"b{layer}"] = normals(rng, (a, b), (b,))
    return rng.normal(size=(N, D)), labels(rng, N, C), params


def positive_definite(rng, N):
    (M,) = normals(rng, (N, N))
    return M @ M.T + np.eye(N), rng.normal(size=N)


def layer(rng, N, D):
    x, W = normals(rng, (N, D), (D, 4))
    return 0.2 * x, 0.2 * W


CASES = [
    Case(function_as_default, "x W", layer, dict(N=2, D=3), dict(N=3, D=5)),
    Case(function_by_keyword, "x W", layer, dict(N=2, D=3), dict(N=3, D=5)),
    Case(
        array_as_default, "x", lambda rng, N: normals(rng, (N, 3)), dict(N=2), dict(N=4)
    ),
    Case(tuples_as_defaults, "x W", layer, dict(N=2, D=3), dict(N=3, D=5)),
    Case(
        options_as_default, "x", lambda rng, N: normals(rng, (N,)), dict(N=2), dict(N=4)
    ),
    Case(
        float32_mean_of_relu, "x scale",
        lambda rng, N, D: low(nonzero(rng, N, D), positive(rng, D)),
        dict(N=4, D=3), dict(N=6, D=2),
    ),
    Case(
        float32_masks, "x W",
        lambda rng, N, D, H: low(*normals(rng, (N, D), (D, H), (N, 1))),
        dict(N=4, D=3, H=5), dict(N=6, D=2, H=4),
    ),
    Case(
        drawdown, "returns w",
        lambda rng, N, D: (0.1 * rng.normal(size=(N, D)), positive(rng, D) / 3),
        dict(N=6, D=3), dict(N=8, D=2),
    ),
    Case(
        running_extremes, "x", lambda rng, N, D: (apart(rng, N, D),),
        dict(N=4, D=5), dict(N=6, D=3),
    ),
    Case(
        top_by_partition, "x", lambda rng, N, D: (apart(rng, N, D),),
        dict(N=3, D=5), dict(N=2, D=7),
    ),
    Case(
        jitter_on_the_diagonal, "A s", lambda rng, N: (*normals(rng, (N, N)), 0.7),
        dict(N=3), dict(N=4),
    ),
    Case(
        padded_with_pairs, "image w",
        lambda rng, H, W: normals(rng, (H, W), (H, W)),
        dict(H=3, W=4), dict(H=5, W=2),
    ),
    Case(cholesky_that_may_fail, "b", positive_definite, dict(N=3), dict(N=4)),
    Case(exact_sum_of_pairs, "pairs",
         lambda rng: ((1.0, 2.0), (0.5, -0.3), (2.0, 2.5))),
    Case(
        recursive_spectrum, "x w", lambda rng, N: normals(rng, (N,), (N,)),
        dict(N=8), fixed=dict(N=4),
    ),
    Case(
        many_layers, "params", three_layers,
        dict(N=4, D=3, H=5, C=6), dict(N=7, D=2, H=4, C=3),
    ),
]  # fmt: skip
