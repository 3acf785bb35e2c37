"""Losses on real and binary targets, and penalties."""

import numpy as np

from ._case import (
    Case,
    apart,
    binary,
    labels,
    nonzero,
    normals,
    positive,
    probabilities,
)


def mse(y_pred, y_true):
    return ((y_pred - y_true) ** 2).mean()


def half_squared_error(out, t):
    e = t - out
    return 0.5 * np.sum(e**2)


def squared_error_by_dot(X, y, w):
    m = y.size
    r = X.dot(w) - y
    return r.T.dot(r) / (2 * m)


def root_mean_square(pred, target):
    return np.sqrt(np.mean(np.power(pred - target, 2)))


def l1(pred, target):
    return np.mean(np.abs(pred - target))


def huber_where(pred, target, delta):
    error = pred - target
    small = np.abs(error) <= delta
    quadratic = 0.5 * error**2
    linear = delta * (np.abs(error) - 0.5 * delta)
    return np.where(small, quadratic, linear).sum()


def huber_masks(pred, target):
    r = pred - target
    mask = np.abs(r) < 1
    return np.sum(mask * 0.5 * r**2 + (1 - mask) * (np.abs(r) - 0.5))


def log_cosh(pred, target):
    return np.sum(np.log(np.cosh(pred - target)))


def quantile(pred, target, q):
    e = target - pred
    return np.mean(np.maximum(q * e, (q - 1) * e))


def bce(X, y, w, b):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def bce_epsilon(p, y):
    eps = 1e-8
    return -np.sum(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps)) / y.shape[0]


def bce_clipped(p, y):
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.average(-(y * np.log(p) + (1.0 - y) * np.log(1.0 - p)))


def bce_dot_products(A, Y):
    m = Y.shape[1]
    cost = (1.0 / m) * (-np.dot(Y, np.log(A).T) - np.dot(1 - Y, np.log(1 - A).T))
    return np.squeeze(cost)


def bce_logaddexp(z, y):
    return np.mean(np.logaddexp(0, z) - y * z)


def bce_softplus(z, y):
    return np.sum(np.log1p(np.exp(z)) - y * z)


def bce_maximum(z, y):
    return (np.maximum(z, 0) - z * y + np.log(1 + np.exp(-np.abs(z)))).mean()


def bce_signs(X, y, w):
    return np.mean(np.log(1 + np.exp(-y * X.dot(w))))


def bce_picked(p, y):
    return -np.mean(np.log(np.where(y == 1, p, 1 - p)))


def bce_weighted(z, y, w_positive):
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.sum(w_positive * y * np.log(p) + (1 - y) * np.log(1 - p))


def focal(z, y, gamma):
    p = 1 / (1 + np.exp(-z))
    pt = np.where(y == 1, p, 1 - p)
    return -np.mean((1 - pt) ** gamma * np.log(pt))


def binary_hinge(X, y, w, b):
    return np.mean(np.maximum(0, 1 - y * (X @ w + b)))


def svm(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(num_train), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(num_train), y] = 0
    return np.sum(margins) / num_train + reg * np.sum(W * W)


def svm_loops(W, X, y):
    loss = 0.0
    for i in range(X.shape[0]):
        scores = X[i].dot(W)
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 10
            if margin > 0:
                loss += margin
    return loss / X.shape[0]


def ridge(X, y, w, lam):
    return np.sum((X @ w - y) ** 2) + lam * np.sum(w**2)


def elastic_net(X, y, w):
    mse = np.mean((y - np.dot(X, w)) ** 2)
    return mse + 0.1 * np.linalg.norm(w, 1) + 0.05 * np.linalg.norm(w) ** 2


def triplet(anchor, pos, neg):
    d_pos = np.sum((anchor - pos) ** 2, axis=1)
    d_neg = np.sum((anchor - neg) ** 2, axis=1)
    return np.maximum(d_pos - d_neg + 0.2, 0.0).mean()


def contrastive(a, b, y):
    d = np.linalg.norm(a - b, axis=1)
    return np.mean(y * d**2 + (1 - y) * np.maximum(2.0 - d, 0) ** 2)


def cosine(a, b):
    num = (a * b).sum(axis=-1)
    den = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return 1 - np.mean(num / den)


def gaussian_likelihood(x, mu, log_var):
    return 0.5 * np.sum(np.log(2 * np.pi) + log_var + (x - mu) ** 2 / np.exp(log_var))


def poisson(X, counts, w):
    rate = np.exp(X @ w)
    return np.sum(rate - counts * np.log(rate))


def dice(p, y):
    return 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)


PAIR = dict(N=4, D=3), dict(N=2, D=5)


def pair(rng, N, D):
    return normals(rng, (N, D), (N, D))


def logits(rng, N, D):
    return nonzero(rng, N, D), binary(rng, N, D)


def chances(rng, N, D):
    return probabilities(rng, N, D), binary(rng, N, D)


def svm_data(rng, N, D, C):
    X, W = normals(rng, (N, D), (D, C))
    return W, X, labels(rng, N, C)


CASES = [
    Case(mse, None, pair, *PAIR),
    Case(half_squared_error, "out", pair, *PAIR),
    Case(
        squared_error_by_dot, "w", lambda rng, N, D: normals(rng, (N, D), N, D), *PAIR
    ),
    Case(root_mean_square, "pred target", pair, *PAIR),
    Case(l1, "pred target", pair, *PAIR),
    Case(
        huber_where,
        "pred target delta",
        lambda rng, N, D: (apart(rng, N, D) * 3, np.full((N, D), 0.01), 1.0),
        *PAIR,
    ),
    Case(huber_masks, "pred", pair, *PAIR),
    Case(log_cosh, "pred", pair, *PAIR),
    Case(quantile, "pred q", lambda rng, N, D: (*pair(rng, N, D), 0.9), *PAIR),
    Case(
        bce,
        "w b",
        lambda rng, N, D: (
            *normals(rng, (N, D)),
            binary(rng, N),
            *normals(rng, D),
            0.1,
        ),
        *PAIR,
    ),
    Case(bce_epsilon, "p", chances, *PAIR),
    Case(bce_clipped, "p y", chances, *PAIR),
    Case(
        bce_dot_products,
        "A",
        lambda rng, m: (probabilities(rng, 1, m), binary(rng, 1, m)),
        dict(m=4),
        dict(m=5),
    ),
    Case(bce_logaddexp, "z", logits, *PAIR),
    Case(bce_softplus, "z", logits, *PAIR),
    Case(bce_maximum, "z", logits, *PAIR),
    Case(
        bce_signs,
        "X w",
        lambda rng, N, D: (
            *normals(rng, (N, D)),
            2 * binary(rng, N) - 1,
            *normals(rng, D),
        ),
        *PAIR,
    ),
    Case(bce_picked, "p", chances, *PAIR),
    Case(
        bce_weighted,
        "z w_positive",
        lambda rng, N, D: (*logits(rng, N, D), positive(rng, D)),
        *PAIR,
    ),
    Case(focal, "z gamma", lambda rng, N, D: (*logits(rng, N, D), 2.0), *PAIR),
    Case(
        binary_hinge,
        "w b",
        lambda rng, N, D: (
            *normals(rng, (N, D)),
            np.where(np.arange(N) == 0, -1.0, 1.0),
            *normals(rng, D),
            0.1,
        ),
        dict(N=5, D=3),
        dict(N=6, D=2),
    ),
    Case(
        svm,
        "W X",
        lambda rng, **sizes: (*svm_data(rng, **sizes), 0.1),
        dict(N=5, D=3, C=4),
        dict(N=4, D=2, C=3),
    ),
    Case(
        svm_loops,
        "W X",
        lambda rng, N, D, C: (*normals(rng, (D, C), (N, D)), np.arange(N) % C),
        dict(N=3, D=4, C=2),
        dict(D=5),
        fixed=dict(N=4, C=3),
    ),
    Case(
        ridge,
        "w lam",
        lambda rng, N, D: (*normals(rng, (N, D), N, D), 0.3),
        *PAIR,
    ),
    Case(
        elastic_net,
        "w",
        lambda rng, N, D: (*normals(rng, (N, D), N), nonzero(rng, D)),
        *PAIR,
    ),
    Case(
        triplet,
        "anchor pos neg",
        lambda rng, N, D: normals(rng, (N, D), (N, D), (N, D)),
        dict(N=5, D=3),
        dict(N=6, D=2),
    ),
    Case(
        contrastive,
        "a b",
        lambda rng, N, D: (*pair(rng, N, D), binary(rng, N)),
        *PAIR,
    ),
    Case(cosine, "a b", pair, *PAIR),
    Case(
        gaussian_likelihood,
        "mu log_var",
        lambda rng, N, D: normals(rng, (N, D), D, D),
        *PAIR,
    ),
    Case(
        poisson,
        "w",
        lambda rng, N, D: (*normals(rng, (N, D)), labels(rng, N, 5), *normals(rng, D)),
        *PAIR,
    ),
    Case(dice, "p", chances, *PAIR),
]
