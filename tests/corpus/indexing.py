"""Reading parts of arrays: gathers, masks, slices, take, where."""

import numpy as np

from ._case import Case, apart, labels, nonzero, normals


def embedding(tokens, W, V):
    x = W[tokens]
    return np.sum(np.tanh(x @ V))


def repeated_rows(W):
    idx = np.array([0, 1, 1, 0, 1])
    return np.sum(W[idx] ** 2 * np.arange(5)[:, None])


def list_of_rows(W):
    return np.prod(W[[0, 2, 2]][:, [1, 0]])


def embedding_times_sqrt(words, E, out):
    vectors = E[words] * np.sqrt(E.shape[1])
    mean = vectors.mean(axis=1)
    return np.sum(np.exp(mean @ out) / 10)


def two_index_arrays(x, r, c):
    return np.sum(x[r, c] ** 3)


def outer_index(x, r, c):
    return np.sum(np.sin(x[np.ix_(r, c)]))


def index_array_and_slice(x, r):
    return np.sum(x[:, r, ::2] ** 2)


def boolean_rows(x, keep):
    chosen = x[keep]
    return np.sum(chosen**2) / chosen.shape[0]


def boolean_entries(x):
    return np.sum(x[x > 0] ** 2) - np.sum(x[x <= 0])


def slices_with_steps(x):
    return np.sum(x[1:-1:2] ** 2) + np.sum(x[::-2] ** 3)


def reversed_rows(x):
    return np.sum(x[::-1] * x[:, ::-1] * np.arange(x.shape[1]))


def negative_indices(x):
    return x[-1] @ x[0] + x[-2, -1] ** 2


def ellipsis_and_newaxis(x, w):
    first = x[..., 0]
    return np.sum(first[..., None] * w[None, None, :] * x[..., -1:])


def differences(x):
    return np.sum((x[1:] - x[:-1]) ** 2) + np.sum(np.diff(x, axis=1) ** 3)


def take(W, idx):
    rows = np.take(W, idx, axis=0)
    columns = W.take([1, 0, 1], axis=1)
    return np.sum(rows**2) + np.sum(columns**3)


def take_along_axis(logp, y):
    picked = np.take_along_axis(logp, y[:, None], axis=1)
    return -np.mean(np.exp(picked))


def choose_with_where(x, y, cond):
    return np.sum(np.where(cond, x**2, np.sin(y)))


def where_positions(x):
    rows, cols = np.where(x > 0)
    return np.sum(x[rows, cols] ** 2)


def nonzero_of_mask(x, mask):
    i = np.flatnonzero(mask)
    return np.sum(x[i] ** 2 * (i + 1))


def top_k(x):
    order = np.argsort(x)[-2:]
    return np.sum(x[order] ** 2)


def sorted_values(x, w):
    return np.dot(np.sort(x), w)


def diagonal(A):
    return np.sum(np.diag(A) ** 2) + np.sum(np.diagonal(A, 1) ** 3)


def select_columns_by_unpacking(X, w):
    x, y = X[:, 0], X[:, 1]
    a, b = w
    return np.sum((a * x + b * np.sin(y)) ** 2)


def unpack_transposed(points):
    x, y, z = points.T
    return np.sum(x * y**2 * np.exp(z))


def iterate_rows(X, w):
    return sum(np.tanh(np.dot(row, w)) for row in X)


def index_by_argmax(scores, values):
    best = np.argmax(scores, axis=1)
    return np.sum(values[best] * scores.max(axis=1))


def select(x):
    return np.sum(np.select([x < -0.5, x < 0.5], [x**2, 3 * x], default=np.exp(-x)))


def scalar_entries(theta, x):
    y = theta[0] + theta[1] * x + theta[2] * x**2
    return np.mean(y**2)


PAIR = dict(N=4, D=3), dict(N=6, D=5)


def matrix(rng, N, D):
    return normals(rng, (N, D))


CASES = [
    Case(
        embedding,
        "W V",
        lambda rng, B, T, V, D, H: (
            labels(rng, (B, T), V),
            *normals(rng, (V, D), (D, H)),
        ),
        dict(B=2, T=4, V=6, D=3, H=5),
        dict(B=3, T=5, V=4, D=2, H=6),
    ),
    Case(repeated_rows, "W", lambda rng, D: normals(rng, (2, D)), dict(D=3), dict(D=4)),
    Case(list_of_rows, "W", matrix, *PAIR),
    Case(
        embedding_times_sqrt,
        "E out",
        lambda rng, B, T, V, D, H: (
            labels(rng, (B, T), V),
            *normals(rng, (V, D), (D, H)),
        ),
        dict(B=2, T=4, V=6, D=3, H=5),
        dict(B=3, T=5, V=4, D=2, H=6),
    ),
    Case(
        two_index_arrays,
        "x",
        lambda rng, N, D, K: (
            *normals(rng, (N, D)),
            labels(rng, K, N),
            labels(rng, K, D),
        ),
        dict(N=4, D=3, K=7),
        dict(N=2, D=5, K=6),
    ),
    Case(
        outer_index,
        "x",
        lambda rng, N, D, R, C: (
            *normals(rng, (N, D)),
            labels(rng, R, N),
            labels(rng, C, D),
        ),
        dict(N=4, D=3, R=5, C=2),
        dict(N=5, D=2, R=3, C=4),
    ),
    Case(
        index_array_and_slice,
        "x",
        lambda rng, B, N, D, R: (*normals(rng, (B, N, D)), labels(rng, R, N)),
        dict(B=2, N=3, D=5, R=4),
        dict(B=3, N=5, D=4, R=6),
    ),
    Case(
        boolean_rows,
        "x",
        lambda rng, N, D: (*normals(rng, (N, D)), np.arange(N) % 2 == 0),
        *PAIR,
    ),
    Case(boolean_entries, "x", lambda rng, N, D: (nonzero(rng, N, D),), *PAIR),
    Case(slices_with_steps, "x", matrix, *PAIR),
    Case(reversed_rows, "x", lambda rng, N: normals(rng, (N, N)), dict(N=3), dict(N=4)),
    Case(negative_indices, "x", matrix, *PAIR),
    Case(
        ellipsis_and_newaxis,
        "x w",
        lambda rng, B, T, D: normals(rng, (B, T, D), D),
        dict(B=2, T=4, D=3),
        dict(B=3, T=2, D=5),
    ),
    Case(differences, "x", matrix, *PAIR),
    Case(
        take,
        "W",
        lambda rng, N, D, K: (*normals(rng, (N, D)), labels(rng, K, N)),
        dict(N=4, D=3, K=5),
        dict(N=5, D=2, K=6),
    ),
    Case(
        take_along_axis,
        "logp",
        lambda rng, N, D: (*normals(rng, (N, D)), labels(rng, N, D)),
        *PAIR,
    ),
    Case(
        choose_with_where,
        "x y",
        lambda rng, N, D: (*normals(rng, (N, D), D), np.arange(N * 1)[:, None] % 2 > 0),
        *PAIR,
    ),
    Case(where_positions, "x", lambda rng, N, D: (nonzero(rng, N, D),), *PAIR),
    Case(
        nonzero_of_mask,
        "x",
        lambda rng, N: (*normals(rng, N), np.arange(N) % 3 > 0),
        dict(N=5),
        dict(N=8),
    ),
    Case(top_k, "x", lambda rng, N: (apart(rng, N),), dict(N=5), dict(N=4)),
    Case(
        sorted_values,
        "x w",
        lambda rng, N: (apart(rng, N), *normals(rng, N)),
        dict(N=5),
        dict(N=7),
    ),
    Case(diagonal, "A", lambda rng, N: normals(rng, (N, N)), dict(N=3), dict(N=4)),
    Case(
        select_columns_by_unpacking,
        "X w",
        lambda rng, N: normals(rng, (N, 2), 2),
        dict(N=4),
        dict(N=5),
    ),
    Case(
        unpack_transposed,
        "points",
        lambda rng, N: normals(rng, (N, 3)),
        dict(N=4),
        dict(N=5),
    ),
    Case(
        iterate_rows,
        "X w",
        lambda rng, N, D: normals(rng, (N, D), D),
        dict(N=4, D=3),
        dict(D=5),
        fixed=dict(N=3),
    ),
    Case(
        index_by_argmax,
        "scores values",
        lambda rng, N, D: (apart(rng, N, D), *normals(rng, D)),
        *PAIR,
    ),
    Case(select, "x", lambda rng, N, D: (apart(rng, N, D) + 0.01,), *PAIR),
    Case(
        scalar_entries,
        "theta x",
        lambda rng, N: normals(rng, 3, N),
        dict(N=4),
        dict(N=5),
    ),
]
