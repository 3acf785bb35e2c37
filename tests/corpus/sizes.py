"""Sizes that reach the numbers: they follow the arrays, never stay the example's."""

import math

import numpy as np

from ._case import Case, labels, normals


def unpacked_shape(x):
    N, D = x.shape
    return np.sum(x**2) / (N * D) + 1.0 / N


def length(x, y):
    return 1 / len(x) * np.sum((x - y) ** 2)


def size_attribute(x):
    return np.sum(np.sin(x)) / x.size + x.ndim


def half_of_size(x):
    n = x.shape[0] // 2
    return np.sum(x[:n] ** 2) - np.sum(x[n:])


def int_of_fraction(x):
    k = int(0.6 * len(x))
    return np.sum(x[k:] ** 2)


def scaled_by_root(x, W):
    return np.sum(x @ W / np.sqrt(W.shape[0])) ** 2 / math.sqrt(x.shape[1])


def float_of_size(x):
    return np.sum(x**2) * float(x.shape[0]) ** -0.5


def arange_weights(x):
    t = np.arange(x.shape[0])
    return np.sum(0.9**t * x**2)


def linspace_grid(x):
    grid = np.linspace(0, 1, len(x))
    areas = np.diff(grid) * (x[1:] ** 2 + x[:-1] ** 2) / 2
    return areas.sum()


def range_as_index(x, y):
    return np.sum(x[range(x.shape[0]), y] ** 2)


def list_of_range(x, y):
    return np.sum(x[list(range(len(y))), y] ** 3)


def ones_times_size(x):
    return np.dot(np.ones(x.shape[0]), x**2) @ np.full(x.shape[1], 1 / x.shape[1])


def ones_like_shape(x):
    s = x.shape
    return np.sum(np.ones(s) * x) + np.sum((np.zeros(s[1:]) + x[0]) ** 2)


def eye_of_size(A):
    return np.sum((A + 0.1 * np.eye(A.shape[0])) ** 2)


def shape_tuple_arithmetic(x, w):
    batch_shape = x.shape[:-1]
    return np.sum(x.reshape(-1, x.shape[-1]).dot(w).reshape(batch_shape + (1,)) ** 3)


def product_of_sizes(x):
    return np.sum(x.reshape(np.prod(x.shape[:2]), -1)[0] ** 2)


def sizes_in_a_list(x):
    dims = [x.shape[1], x.shape[0]]
    return np.sum(x.reshape(dims)[0] ** 2)


def comparison_of_sizes(x):
    if x.shape[0] > 2:
        return np.sum(x**2)
    return np.sum(x)


def bessel(x):
    n = x.shape[0]
    return np.sum((x - x.mean(0)) ** 2) / (n - 1) * (n / (n + 1))


def onehot_by_argument(z, y, num_classes):
    t = np.eye(num_classes)[y]
    return -np.sum(t * z**2) / num_classes


def size_given_twice(x, n):
    return np.sum(x[:n] ** 2) / n


def two_sizes_alike(x, W):
    """The weights are square only in the example."""
    n = x.shape[1]
    return np.sum(np.tanh(x @ W)) / n


def batch_equals_features(x, b):
    """N equals D only in the example, so a wrong axis can't be seen there."""
    return np.sum((x + b) ** 2) / x.shape[0] - x.mean(axis=0)[0] + x.mean(axis=1)[-1]


def one_in_the_example(x, b):
    """A batch of one in the example: its axis must still be summed over."""
    return np.sum((x * b) ** 2)


def mean_over_axes(x):
    return np.sum(x.mean(axis=(0, 2)) ** 2) + np.sum(np.mean(x, axis=-1) ** 3)


PAIR = dict(N=4, D=3), dict(N=6, D=5)


def matrix(rng, N, D):
    return normals(rng, (N, D))


def picked(rng, N, D):
    return *normals(rng, (N, D)), labels(rng, N, D)


def vector(rng, N):
    return normals(rng, N)


VECTOR = vector, dict(N=5), dict(N=8)

CASES = [
    Case(unpacked_shape, "x", matrix, *PAIR),
    Case(length, "x y", lambda rng, N, D: normals(rng, (N, D), (N, D)), *PAIR),
    Case(size_attribute, "x", matrix, *PAIR),
    Case(half_of_size, "x", *VECTOR),
    Case(int_of_fraction, "x", *VECTOR),
    Case(
        scaled_by_root,
        "x W",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H)),
        dict(N=4, D=3, H=5),
        dict(N=3, D=2, H=6),
    ),
    Case(float_of_size, "x", matrix, *PAIR),
    Case(arange_weights, "x", *VECTOR),
    Case(linspace_grid, "x", *VECTOR),
    Case(range_as_index, "x", picked, *PAIR),
    Case(list_of_range, "x", picked, *PAIR),
    Case(ones_times_size, "x", matrix, *PAIR),
    Case(ones_like_shape, "x", matrix, *PAIR),
    Case(eye_of_size, "A", lambda rng, N: normals(rng, (N, N)), dict(N=3), dict(N=4)),
    Case(
        shape_tuple_arithmetic,
        "x w",
        lambda rng, B, T, D: normals(rng, (B, T, D), (D, 1)),
        dict(B=2, T=4, D=3),
        dict(B=3, T=2, D=5),
    ),
    Case(
        product_of_sizes,
        "x",
        lambda rng, B, T, D: normals(rng, (B, T, D)),
        dict(B=2, T=4, D=3),
        dict(B=3, T=2, D=5),
    ),
    Case(sizes_in_a_list, "x", matrix, *PAIR),
    Case(comparison_of_sizes, "x", matrix, dict(N=4, D=3), dict(D=5), dict(N=2)),
    Case(bessel, "x", matrix, *PAIR),
    Case(
        onehot_by_argument,
        "z",
        lambda rng, N, D: (*picked(rng, N, D), D),
        *PAIR,
    ),
    Case(
        size_given_twice,
        "x",
        lambda rng, N, n: (*normals(rng, N), n),
        dict(N=5, n=3),
        dict(N=7, n=2),
    ),
    Case(
        two_sizes_alike,
        "x W",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H)),
        dict(N=4, D=3, H=3),
        dict(N=3, D=2, H=5),
    ),
    Case(
        batch_equals_features,
        "x b",
        lambda rng, N, D: normals(rng, (N, D), D),
        dict(N=3, D=3),
        dict(N=4, D=2),
    ),
    Case(
        one_in_the_example,
        "x b",
        lambda rng, N, D: normals(rng, (N, D), D),
        dict(N=1, D=3),
        dict(N=4, D=2),
    ),
    Case(
        mean_over_axes,
        "x",
        lambda rng, B, T, D: normals(rng, (B, T, D)),
        dict(B=2, T=4, D=3),
        dict(B=3, T=2, D=5),
    ),
]
