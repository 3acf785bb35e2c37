"""Pooling, upsampling and the like."""

import numpy as np

from ._case import Case, apart, normals


def max_pool_loops(x, size, stride):
    N, C, H, W = x.shape
    H_out = (H - size) // stride + 1
    W_out = (W - size) // stride + 1
    out = np.zeros((N, C, H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            h, w = i * stride, j * stride
            out[:, :, i, j] = np.max(x[:, :, h : h + size, w : w + size], axis=(2, 3))
    return np.sum(out**2)


def max_pool_reshape(x, w):
    N, C, H, W = x.shape
    x_reshaped = x.reshape(N, C, H // 2, 2, W // 2, 2)
    out = x_reshaped.max(axis=3).max(axis=4)
    return np.sum(out * w)


def max_pool_both_axes(x):
    h, w = x.shape
    return np.sum(x.reshape(h // 2, 2, w // 2, 2).max(axis=(1, 3)) ** 3)


def max_pool_windows(x, w):
    view = np.lib.stride_tricks.sliding_window_view(x, (2, 2))
    return np.sum(view.max(axis=(-2, -1)) * w)


def max_pool_argmax(x):
    rows = np.arange(x.shape[0])
    return np.sum(x[rows, x.argmax(axis=1)] ** 2)


def max_pool_nested(x, w):
    a = np.maximum(np.maximum(x[::2, ::2], x[1::2, ::2]), x[::2, 1::2])
    return np.sum(np.maximum(a, x[1::2, 1::2]) * w)


def min_pool(x):
    return np.sum(np.min(x, axis=0) ** 2) + x.min()


def average_pool_loops(x, f):
    n_h, n_w = x.shape[0] // f, x.shape[1] // f
    out = np.zeros((n_h, n_w))
    for h in range(n_h):
        for w in range(n_w):
            out[h, w] = np.mean(x[h * f : h * f + f, w * f : w * f + f])
    return np.sum(out**2)


def average_pool_reshape(x, w):
    B, H, W = x.shape
    pooled = x.reshape(B, H // 2, 2, W // 2, 2).mean(axis=(2, 4))
    return (pooled * w).sum()


def global_average(x, W):
    return np.sum(np.tanh(x.mean(axis=(2, 3)) @ W))


def running_average(x):
    c = np.cumsum(np.insert(x, 0, 0))
    return np.sum(((c[3:] - c[:-3]) / 3) ** 2)


def nearest_upsampling(x, w):
    up = x.repeat(2, axis=0).repeat(3, axis=1)
    return np.sum(up * w)


def upsampling_by_kron(x, w):
    return np.sum(np.kron(x, np.ones((2, 2))) * w)


def soft_pool(x):
    e = np.exp(x)
    return np.sum(((e * x).sum(axis=1) / e.sum(axis=1)) ** 2)


IMAGE = dict(N=2, C=3, H=4, W=6), dict(N=3, C=1, H=6, W=2)

CASES = [
    Case(
        max_pool_loops,
        "x",
        lambda rng, N, C, H, W, size, stride: (apart(rng, N, C, H, W), size, stride),
        dict(N=2, C=3, H=4, W=5, size=2, stride=2),
        dict(N=3, C=2),
        fixed=dict(H=6, W=7, size=3, stride=1),
    ),
    Case(
        max_pool_reshape,
        "x",
        lambda rng, N, C, H, W: (
            apart(rng, N, C, H, W),
            *normals(rng, (N, C, H // 2, W // 2)),
        ),
        *IMAGE,
    ),
    Case(
        max_pool_both_axes,
        "x",
        lambda rng, H, W: (apart(rng, H, W),),
        dict(H=4, W=6),
        dict(H=2, W=4),
    ),
    Case(
        max_pool_windows,
        "x",
        lambda rng, H, W: (apart(rng, H, W), *normals(rng, (H - 1, W - 1))),
        dict(H=4, W=5),
        dict(H=3, W=6),
    ),
    Case(
        max_pool_argmax,
        "x",
        lambda rng, N, D: (apart(rng, N, D),),
        dict(N=4, D=3),
        dict(N=2, D=5),
    ),
    Case(
        max_pool_nested,
        "x",
        lambda rng, H, W: (apart(rng, H, W), *normals(rng, (H // 2, W // 2))),
        dict(H=4, W=6),
        dict(H=2, W=8),
    ),
    Case(
        min_pool,
        "x",
        lambda rng, N, D: (apart(rng, N, D),),
        dict(N=4, D=3),
        dict(N=2, D=5),
    ),
    Case(
        average_pool_loops,
        "x",
        lambda rng, H, W: (*normals(rng, (H, W)), 2),
        dict(H=4, W=6),
        fixed=dict(H=6, W=4),
    ),
    Case(
        average_pool_reshape,
        "x",
        lambda rng, B, H, W: normals(rng, (B, H, W), (B, H // 2, W // 2)),
        dict(B=3, H=4, W=6),
        dict(B=2, H=8, W=4),
    ),
    Case(
        global_average,
        "x W",
        lambda rng, N, C, H, W: normals(rng, (N, C, H, W), (C, 7)),
        *IMAGE,
    ),
    Case(running_average, "x", lambda rng, N: normals(rng, N), dict(N=6), dict(N=8)),
    Case(
        nearest_upsampling,
        "x",
        lambda rng, H, W: normals(rng, (H, W), (2 * H, 3 * W)),
        dict(H=2, W=3),
        dict(H=4, W=5),
    ),
    Case(
        upsampling_by_kron,
        "x",
        lambda rng, H, W: normals(rng, (H, W), (2 * H, 2 * W)),
        dict(H=2, W=3),
        dict(H=4, W=5),
    ),
    Case(
        soft_pool,
        "x",
        lambda rng, N, D: normals(rng, (N, D)),
        dict(N=4, D=3),
        dict(N=2, D=5),
    ),
]
