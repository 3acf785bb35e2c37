"""Writing into arrays: masks, views, in-place arithmetic, buffers, ufunc.at, out=."""

import numpy as np

from ._case import Case, labels, nonzero, normals


def relu_by_mask(x, W):
    z = x @ W
    z[z < 0] = 0
    return np.sum(z**2)


def writes_into_its_argument(z):
    z[z < 0] = 0
    return np.sum(z**2)


def row_view_scaled(z):
    z = z.copy()
    row = z[0]
    row *= 2
    return np.sum(z**2)


def column_view_added(x, b):
    h = np.array(x)
    first = h[:, 0]
    first += b
    h[:, 1] -= first
    return np.sum(h**3)


def view_of_a_view(x):
    y = x * 1.0
    part = y[1:][:, ::2]
    part[0] = part[0] * 3
    return np.sum(np.sin(y))


def reshaped_view(x):
    y = x + 0
    flat = y.reshape(-1)
    flat[0] *= 5.0
    return np.sum(y**2)


def transposed_view(x, w):
    y = x.copy()
    t = y.T
    t[0] = t[0] * w
    return np.sum(y**2)


def ravel_and_flatten(x):
    y = 2 * x
    y.ravel()[1] *= 4
    y.flatten()[0] = 100
    return np.sum(y**2)


def copy_is_not_a_view(x):
    a = x**2
    b = a.copy()
    b *= 3
    c = a
    c += 1
    return np.sum(a * b)


def fancy_index_is_a_copy(x, idx):
    y = x * 1
    part = y[idx]
    part *= 10
    return np.sum(y**2) + np.sum(part)


def in_place_arithmetic(x, W, b):
    h = x @ W
    h += b
    h *= h
    h /= 2
    h -= 0.5
    h **= 2
    return h.mean()


def accumulates_rows(x, rows, out):
    acc = np.zeros_like(out)
    np.add.at(acc, rows, x)
    return np.sum((acc - out) ** 2)


def indexed_increment_with_repeats(x, rows):
    acc = np.zeros((3, x.shape[1]))
    acc[rows] += x
    return np.sum(acc**2)


def bincount(weights, groups):
    return np.sum(np.bincount(groups, weights=weights) ** 2)


def store_in_empty(x):
    out = np.empty_like(x)
    out[:, 0] = x[:, 0] ** 2
    out[:, 1:] = np.exp(x[:, 1:])
    return np.sum(out)


def store_with_steps(a, b):
    out = np.zeros(2 * len(a))
    out[::2] = a
    out[1::2] = b
    return np.sum(np.diff(out) ** 2)


def store_whole(x):
    buf = np.zeros(x.shape)
    buf[...] = x
    buf[:] = buf**2
    return buf.sum()


def overwritten(x):
    y = np.ones_like(x)
    y[0] = x[0] * 100
    y[0] = x[0] ** 2
    y[1] = 7
    return np.sum(y * x)


def probs_minus_one(scores, y):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return 0.5 * np.sum(p**2)


def out_arguments(x, w):
    z = np.empty((x.shape[0], w.shape[1]))
    np.dot(x, w, out=z)
    np.maximum(z, 0, out=z)
    return np.sum(np.multiply(z, z, z))


def fill_and_put(x):
    y = x * 2
    y[2].fill(1.5)
    np.fill_diagonal(y, 0)
    return np.sum(y**2)


def copyto_where(x):
    y = x**2
    np.copyto(y, -x, where=x < 0)
    return np.sum(y**2)


def swap_rows(x, w):
    y = x.copy()
    y[[0, 1]] = y[[1, 0]]
    return np.sum(y * w)


def prefix_sums(x):
    s = x.copy()
    for i in range(1, len(s)):
        s[i] += s[i - 1]
    return np.sum(s**2)


def array_from_traced_numbers(a, b):
    rotation = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return np.sum(rotation @ np.array([b, 1.0]) * np.full(2, a))


def masked_arithmetic(x, W):
    z = x @ W
    mask = z > 0
    z[mask] **= 2
    z[~mask] *= 0.1
    return np.sum(z)


PAIR = dict(N=4, D=3), dict(N=3, D=5)


def matrix(rng, N, D):
    return (nonzero(rng, N, D),)


CASES = [
    Case(
        relu_by_mask,
        "x W",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H)),
        dict(N=4, D=3, H=5),
        dict(N=2, D=5, H=3),
    ),
    Case(writes_into_its_argument, "z", matrix, *PAIR),
    Case(row_view_scaled, "z", matrix, *PAIR),
    Case(column_view_added, "x b", lambda rng, N, D: normals(rng, (N, D), N), *PAIR),
    Case(view_of_a_view, "x", matrix, *PAIR),
    Case(reshaped_view, "x", matrix, *PAIR),
    Case(transposed_view, "x w", lambda rng, N, D: normals(rng, (N, D), N), *PAIR),
    Case(ravel_and_flatten, "x", matrix, *PAIR),
    Case(copy_is_not_a_view, "x", matrix, *PAIR),
    Case(
        fancy_index_is_a_copy,
        "x",
        lambda rng, N, D, K: (*normals(rng, (N, D)), labels(rng, K, N)),
        dict(N=4, D=3, K=6),
        dict(N=3, D=5, K=4),
    ),
    Case(
        in_place_arithmetic,
        "x W b",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H), H),
        dict(N=4, D=3, H=5),
        dict(N=2, D=5, H=3),
    ),
    Case(
        accumulates_rows,
        "x out",
        lambda rng, N, D, K: (
            (*normals(rng, (N, D)), np.arange(N) % K) + normals(rng, (K, D))
        ),
        dict(N=5, D=3, K=2),
        dict(N=7, D=2, K=4),
    ),
    Case(
        indexed_increment_with_repeats,
        "x",
        lambda rng, D: (*normals(rng, (5, D)), np.array([0, 1, 1, 2, 0])),
        dict(D=3),
        dict(D=4),
    ),
    Case(
        bincount,
        "weights",
        lambda rng, N: (*normals(rng, N), np.arange(N) % 3),
        dict(N=5),
        dict(N=7),
    ),
    Case(store_in_empty, "x", matrix, *PAIR),
    Case(
        store_with_steps, "a b", lambda rng, N: normals(rng, N, N), dict(N=3), dict(N=5)
    ),
    Case(store_whole, "x", matrix, *PAIR),
    Case(overwritten, "x", matrix, *PAIR),
    Case(
        probs_minus_one,
        "scores",
        lambda rng, N, D: (*normals(rng, (N, D)), labels(rng, N, D)),
        *PAIR,
    ),
    Case(
        out_arguments,
        "x w",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H)),
        dict(N=4, D=3, H=5),
        dict(N=2, D=5, H=3),
    ),
    Case(fill_and_put, "x", matrix, *PAIR),
    Case(copyto_where, "x", matrix, *PAIR),
    Case(swap_rows, "x w", lambda rng, N, D: normals(rng, (N, D), (N, D)), *PAIR),
    Case(
        prefix_sums,
        "x",
        lambda rng, N: normals(rng, N),
        dict(N=4),
        fixed=dict(N=5),
    ),
    Case(array_from_traced_numbers, "a b", lambda rng: (0.7, -1.3)),
    Case(
        masked_arithmetic,
        "x W",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H)),
        dict(N=4, D=3, H=5),
        dict(N=2, D=5, H=3),
    ),
]
