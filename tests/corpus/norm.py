"""Normalization: batch, layer, group, instance, RMS and weight norm."""

import numpy as np

from ._case import Case, normals, positive


def batch_norm_one_line(x, gamma, beta, w):
    normed = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    return np.sum((gamma * normed + beta) * w)


def batch_norm_steps(x, gamma, beta, w):
    N, D = x.shape
    eps = 1e-5
    mu = 1.0 / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu**2
    var = 1.0 / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    return np.sum(out * w)


def batch_norm_bessel(hprebn, bngain, bnbias):
    n = hprebn.shape[0]
    bnmeani = 1 / n * hprebn.sum(0, keepdims=True)
    bndiff = hprebn - bnmeani
    bndiff2 = bndiff**2
    bnvar = 1 / (n - 1) * bndiff2.sum(0, keepdims=True)
    bnvar_inv = (bnvar + 1e-5) ** -0.5
    bnraw = bndiff * bnvar_inv
    hpreact = bngain * bnraw + bnbias
    return np.mean(np.tanh(hpreact))


def batch_norm_mode(x, gamma, beta, running_mean, running_var, w, mode):
    if mode == "train":
        mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        running_mean = 0.9 * running_mean + 0.1 * mean
        running_var = 0.9 * running_var + 0.1 * var
    else:
        mean, var = running_mean, running_var
    out = gamma * (x - mean) / np.sqrt(var + 1e-5) + beta
    return np.sum(np.sin(out) * w)


def batch_norm_columns(Z, gamma, beta):
    mu = np.mean(Z, axis=1, keepdims=True)
    sigma2 = np.mean((Z - mu) ** 2, axis=1, keepdims=True)
    return np.sum(np.tanh(gamma * (Z - mu) / np.sqrt(sigma2 + 1e-8) + beta))


def spatial_batch_norm(x, gamma, beta, w):
    N, C, H, W = x.shape
    x_flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    mean = x_flat.mean(axis=0)
    std = x_flat.std(axis=0)
    out = gamma * (x_flat - mean) / (std + 1e-6) + beta
    out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return np.sum(out * w)


def layer_norm(x, gamma, beta, w):
    mean = x.mean(axis=-1, keepdims=True)
    std = x.std(-1, keepdims=True)
    return np.sum((gamma * (x - mean) / (std + 1e-5) + beta) * w)


def layer_norm_transposed(x, gamma, beta, w):
    x_T = x.T
    mu = np.mean(x_T, axis=0)
    var = np.var(x_T, axis=0) + 1e-5
    x_hat = ((x_T - mu) / np.sqrt(var)).T
    return np.sum((x_hat * gamma + beta) * w)


def instance_norm(x, w):
    mu = np.mean(x, axis=(2, 3), keepdims=True)
    var = np.mean((x - mu) ** 2, axis=(2, 3), keepdims=True)
    return np.sum((x - mu) / np.sqrt(var + 1e-5) * w)


def group_norm(x, gamma, beta, G, w):
    N, C, H, W = x.shape
    grouped = np.reshape(x, (N, G, C // G, H, W))
    mean = grouped.mean(axis=(2, 3, 4), keepdims=True)
    var = grouped.var(axis=(2, 3, 4), keepdims=True)
    x_norm = ((grouped - mean) / np.sqrt(var + 1e-5)).reshape(x.shape)
    return np.sum((gamma * x_norm + beta) * w)


def rms_norm(x, g, w):
    rms = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-6)
    return np.sum(x / rms * g * w)


def weight_norm(x, v, g, b):
    w = g * v / np.linalg.norm(v, axis=0)
    return np.sum(np.tanh(x @ w + b))


def unit_vectors(x, w):
    x /= np.sqrt((x * x).sum(axis=1, keepdims=True))
    return np.sum(x * w)


def standardized_features(X, w, y):
    X = (X - np.mean(X, axis=0)) / np.std(X, axis=0)
    return np.mean((X @ w - y) ** 2)


def min_max_scaled(x, w):
    lo, hi = np.min(x, axis=0), np.max(x, axis=0)
    return np.sum((x - lo) / (hi - lo) * w)


def local_response(x, w):
    scale = (2.0 + 1e-2 * np.sum(x**2, axis=1, keepdims=True)) ** 0.75
    return np.sum(w * x / scale)


MATRIX = dict(N=5, D=3), dict(N=4, D=6)
IMAGE = dict(N=2, C=4, H=3, W=5), dict(N=3, C=6, H=2, W=4)


def matrix(rng, N, D):
    return *normals(rng, (N, D)), positive(rng, D), *normals(rng, D, (N, D))


def image(rng, N, C, H, W):
    return normals(rng, (N, C, H, W), C, C, (N, C, H, W))


CASES = [
    Case(batch_norm_one_line, "x gamma beta", matrix, *MATRIX),
    Case(batch_norm_steps, None, matrix, *MATRIX),
    Case(
        batch_norm_bessel,
        "hprebn bngain bnbias",
        lambda rng, N, D: normals(rng, (N, D), (1, D), (1, D)),
        *MATRIX,
    ),
    Case(
        batch_norm_mode,
        "x gamma beta",
        lambda rng, N, D, mode: (
            *normals(rng, (N, D), D, D, D),
            positive(rng, D),
            *normals(rng, (N, D)),
            mode,
        ),
        dict(N=5, D=3, mode="train"),
        dict(N=4, D=6),
        fixed=dict(mode="test"),
    ),
    Case(
        batch_norm_columns,
        "Z gamma beta",
        lambda rng, D, m: normals(rng, (D, m), (D, 1), (D, 1)),
        dict(D=3, m=5),
        dict(D=4, m=6),
    ),
    Case(spatial_batch_norm, "x gamma beta", image, *IMAGE),
    Case(layer_norm, "x gamma beta", matrix, *MATRIX),
    Case(layer_norm_transposed, "x gamma beta", matrix, *MATRIX),
    Case(
        instance_norm,
        "x",
        lambda rng, N, C, H, W: normals(rng, (N, C, H, W), (N, C, H, W)),
        *IMAGE,
    ),
    Case(
        group_norm,
        "x gamma beta",
        lambda rng, N, C, H, W, G: (
            *normals(rng, (N, C, H, W), (1, C, 1, 1), (1, C, 1, 1)),
            G,
            *normals(rng, (N, C, H, W)),
        ),
        dict(N=2, C=8, H=3, W=5, G=4),
        dict(N=3, C=6, H=2, W=4, G=3),
    ),
    Case(rms_norm, "x g", lambda rng, N, D: normals(rng, (N, D), D, (N, D)), *MATRIX),
    Case(
        weight_norm,
        "x v g b",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H), H, H),
        dict(N=5, D=3, H=2),
        dict(N=4, D=6, H=3),
    ),
    Case(unit_vectors, "x", lambda rng, N, D: normals(rng, (N, D), (N, D)), *MATRIX),
    Case(
        standardized_features,
        "X w",
        lambda rng, N, D: normals(rng, (N, D), D, N),
        *MATRIX,
    ),
    Case(min_max_scaled, "x", lambda rng, N, D: normals(rng, (N, D), (N, D)), *MATRIX),
    Case(
        local_response,
        "x",
        lambda rng, N, C, H, W: normals(rng, (N, C, H, W), (N, C, H, W)),
        *IMAGE,
    ),
]
