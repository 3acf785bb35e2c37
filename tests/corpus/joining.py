"""Joining, splitting, reordering and reshaping arrays."""

import numpy as np

from ._case import Case, normals


def concatenate(a, b, W):
    return np.sum(np.tanh(np.concatenate([a, b], axis=1) @ W))


def concatenate_flat(W1, b1, W2):
    theta = np.concatenate((W1.ravel(), b1, W2.flatten()))
    return np.sum(theta**4)


def concatenate_none(a, b):
    return np.sum(np.concatenate((a, b), axis=None) ** 3)


def unpack_flat_parameters(theta, X, y):
    n = X.shape[1]
    w = theta[:n].reshape(n, 1)
    b = theta[n]
    return np.mean((X @ w + b - y) ** 2)


def stacks(a, b):
    rows = np.stack([a, b])
    columns = np.stack((a, b), axis=-1)
    return np.sum(rows @ columns * np.array([[1, 2], [3, 4]]))


def vertical_and_horizontal(a, b):
    tall = np.vstack((a, b))
    wide = np.hstack((a, b))
    return np.sum(tall**2) + np.sum(np.cos(wide))


def c_and_r(x, v):
    Xb = np.c_[np.ones(len(x)), x, x**2]
    long = np.r_[v, 0, v[::-1]]
    return np.sum((Xb @ v[:3]) ** 2) + np.sum(long**3)


def column_stack(a, b):
    return np.sum(np.column_stack((a, b, a * b)) ** 2 @ np.array([1.0, -1.0, 2.0]))


def splits(x, w):
    a, b = np.split(x, 2, axis=1)
    c, d = np.hsplit(w, 2)
    return np.sum(np.exp(a) * b @ (c - d).T)


def split_at_positions(x):
    head, middle, tail = np.split(x, [1, 3])
    return np.prod(head) * np.sum(middle**2) + np.sum(np.sin(tail))


def array_split(x):
    parts = np.array_split(x, 3)
    return sum(k * np.sum(part**2) for k, part in enumerate(parts, 1))


def list_to_array(x):
    rows = [np.tanh(x[i] * (i + 1)) for i in range(3)]
    return np.sum(np.array(rows) ** 2)


def append(x, w):
    z = np.append(x, 1.0)
    return np.tanh(z @ w)


def transposes(x, w):
    y = np.transpose(x, (2, 0, 1))
    z = np.moveaxis(x, 0, -1).swapaxes(0, 1)
    return np.sum(y * np.transpose(z, (0, 2, 1)) * w)


def squeeze_and_expand(x, w):
    y = np.expand_dims(x, 1) * np.expand_dims(w, axis=0)
    return np.sum(np.squeeze(y[:, :1], axis=1) ** 2) + np.sum(np.atleast_2d(w) ** 3)


def tile_and_repeat(x, w):
    a = np.tile(x, (2, 3))
    b = np.repeat(w, 3)
    return np.sum(a**2 * b) + np.sum(np.repeat(x, 2, axis=0) ** 3 * np.tile(w, 1))


def flips_and_rolls(x, w):
    a = np.flip(x, axis=0) * np.fliplr(w) + np.flipud(x)
    return np.sum(a * np.roll(w, 2, axis=1)) + np.sum(np.roll(x, 1) * x)


def rot90(x, w):
    return np.sum(np.rot90(x) * w)


def reshape_minus_one(x, W):
    batch = x.shape[0]
    flat = x.reshape(batch, -1)
    return np.mean(np.tanh(np.dot(flat, W)) ** 2)


def reshape_fortran(x, w):
    return np.sum(x.reshape((-1, 2), order="F") @ w) + np.sum(x.T.reshape(-1) ** 2)


def broadcast_to(b, x):
    return np.sum(np.broadcast_to(b, x.shape) ** 2 * x)


def meshgrid(a, b):
    A, B = np.meshgrid(a, b)
    return np.sum(np.sin(A * B) * A)


def padding(x, w):
    xp = np.pad(x, ((1, 0), (2, 1)), constant_values=0.5)
    return np.sum(xp**2 * w)


def triangles(A):
    L = np.tril(A, -1) + np.eye(len(A))
    U = np.triu(A)
    return np.sum((L @ U) ** 2)


def block_matrix(A, b):
    M = np.block([[A, b[:, None]], [b[None, :], np.ones((1, 1))]])
    return np.sum(M @ M)


PAIR = dict(N=4, D=3), dict(N=5, D=2)


def twins(rng, N, D):
    return normals(rng, (N, D), (N, D))


def cube(rng, A, B, C):
    return normals(rng, (A, B, C), (C, A, B))


CASES = [
    Case(
        concatenate,
        "a b W",
        lambda rng, N, A, B, H: normals(rng, (N, A), (N, B), (A + B, H)),
        dict(N=4, A=2, B=3, H=6),
        dict(N=3, A=5, B=1, H=2),
    ),
    Case(
        concatenate_flat,
        "W1 b1 W2",
        lambda rng, D, H: normals(rng, (D, H), H, (H, 1)),
        dict(D=2, H=4),
        dict(D=3, H=5),
    ),
    Case(concatenate_none, "a b", lambda rng, N, D: normals(rng, (N, D), D), *PAIR),
    Case(
        unpack_flat_parameters,
        "theta",
        lambda rng, N, D: normals(rng, D + 1, (N, D), (N, 1)),
        *PAIR,
    ),
    Case(stacks, "a b", lambda rng, N: normals(rng, N, N), dict(N=4), dict(N=3)),
    Case(vertical_and_horizontal, "a b", twins, *PAIR),
    Case(c_and_r, "x v", lambda rng, N: normals(rng, N, 4), dict(N=5), dict(N=3)),
    Case(column_stack, "a b", lambda rng, N: normals(rng, N, N), dict(N=5), dict(N=4)),
    Case(
        splits,
        "x w",
        lambda rng, N, D: normals(rng, (N, 2 * D), (N, 2 * D)),
        dict(N=3, D=2),
        dict(N=5, D=4),
    ),
    Case(split_at_positions, "x", lambda rng, N: normals(rng, N), dict(N=5), dict(N=7)),
    Case(array_split, "x", lambda rng, N: normals(rng, N), dict(N=7), dict(N=8)),
    Case(list_to_array, "x", lambda rng, D: normals(rng, (3, D)), dict(D=2), dict(D=4)),
    Case(append, "x w", lambda rng, N: normals(rng, N, N + 1), dict(N=3), dict(N=5)),
    Case(transposes, "x", cube, dict(A=2, B=3, C=4), dict(A=3, B=5, C=2)),
    Case(
        squeeze_and_expand, "x w", lambda rng, N, D: normals(rng, (N, D), (4, D)), *PAIR
    ),
    Case(
        tile_and_repeat,
        "x w",
        lambda rng, N, D: normals(rng, (N, D), D),
        *PAIR,
    ),
    Case(flips_and_rolls, "x w", twins, *PAIR),
    Case(rot90, "x", lambda rng, N, D: normals(rng, (N, D), (D, N)), *PAIR),
    Case(
        reshape_minus_one,
        "x W",
        lambda rng, N, H, W, C: normals(rng, (N, H, W), (H * W, C)),
        dict(N=5, H=2, W=3, C=4),
        dict(N=4, H=3, W=1, C=2),
    ),
    Case(
        reshape_fortran,
        "x w",
        lambda rng, N, D: normals(rng, (N, D), 2),
        dict(N=4, D=3),
        dict(N=2, D=5),
    ),
    Case(broadcast_to, "b x", lambda rng, N, D: normals(rng, D, (N, D)), *PAIR),
    Case(meshgrid, "a b", lambda rng, N, D: normals(rng, N, D), *PAIR),
    Case(padding, "x w", lambda rng, N, D: normals(rng, (N, D), (N + 1, D + 3)), *PAIR),
    Case(triangles, "A", lambda rng, N: normals(rng, (N, N)), dict(N=3), dict(N=4)),
    Case(
        block_matrix,
        "A b",
        lambda rng, N: normals(rng, (N, N), N),
        dict(N=2),
        dict(N=4),
    ),
]
