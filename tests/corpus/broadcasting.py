"""Broadcasting of every operator, the smaller array in every position."""

import numpy as np

from ._case import Case, normals, positive


def divide_by_row(x, b):
    return np.sum((x / b) ** 2)


def divide_by_column(x, b):
    return np.sum((x / b[:, None]) ** 2)


def divide_row_by_matrix(b, x):
    return np.sum(b / x)


def divide_scalar(s, x):
    return np.sum(s / x) + np.sum(x / s)


def power_of_smaller_exponent(x, b):
    return np.sum(x**b)


def power_of_smaller_base(b, x):
    return np.sum(b**x)


def power_of_scalars(x, p):
    return np.sum(x**p) + np.sum(p**x) + np.sum(x**-1) + np.sum(x**0.5) + np.sum(2**x)


def subtract_smaller(x, b, c):
    return np.sum((b - x) ** 2) + np.sum((x - c) ** 3)


def multiply_column_and_row(c, r):
    return np.sum(np.sin(c * r) * r)


def outer_difference(a, b):
    return np.sum(np.exp(-((a[:, None] - b[None, :]) ** 2)))


def column_with_vector(pred, y):
    """The (N, 1) and (N,) that make (N, N): everyone's first silent mistake."""
    return np.mean((pred - y) ** 2)


def pairwise_distances(A, B):
    sq = np.sum((A[:, None, :] - B[None, :, :]) ** 2, axis=-1)
    return np.sum(np.sqrt(sq + 1e-3))


def distances_by_expansion(A, B):
    sq = (A**2).sum(1)[:, None] - 2 * A @ B.T + (B**2).sum(1)
    return np.sum(np.exp(-0.5 * sq))


def three_axes(x, a, b, c):
    return np.sum(np.tanh(x * a + b) / (1 + c**2))


def size_one_axes(x, y):
    return np.sum(x * y) + np.sum((x + y) ** 2)


def extra_leading_axes(x, w):
    return np.sum(w[None, :, None] * x**2)


def maximum_of_row(x, b):
    return np.sum(np.maximum(x, b) ** 2) + np.sum(np.minimum(b[0], x))


def where_broadcast(cond, x, s):
    return np.sum(np.where(cond, x, s) ** 2)


def arctan2_and_hypot(y, x):
    return np.sum(np.arctan2(y, x)) + np.sum(np.hypot(y, x[0]))


def logaddexp_broadcast(a, b):
    return np.sum(np.logaddexp(a, b) * b)


def batched_matmul(a, b):
    return np.sum((a @ b) ** 2)


def matmul_with_vector(a, v, u):
    return np.sum((a @ v) ** 2) + np.sum((u @ a) ** 3)


def mean_of_broadcast(b, x):
    return np.mean(b + 0 * x) ** 2 + np.mean(x * 0 + 3 * b.sum())


def empty_batch(x, w):
    return np.sum((x @ w) ** 2) + np.sum(w**2)


def empty_row(x, b):
    return np.sum((x + b) ** 2) + 0.5


def scalar_array(s, x):
    return np.sum(np.exp(s * x)) + s


PAIR = dict(N=4, D=3), dict(N=3, D=5)


def positives(*shapes):
    """Shapes as strings of sizes: "ND D"."""
    return lambda rng, **sizes: tuple(
        positive(rng, *[sizes.get(letter, 1) for letter in shape]) for shape in shapes
    )


CASES = [
    Case(divide_by_row, None, positives("ND", "D"), *PAIR),
    Case(divide_by_column, "x b", positives("ND", "N"), *PAIR),
    Case(divide_row_by_matrix, "b x", positives("D", "ND"), *PAIR),
    Case(
        divide_scalar,
        "s x",
        lambda rng, N: (1.7, positive(rng, N)),
        dict(N=4),
        dict(N=3),
    ),
    Case(power_of_smaller_exponent, "x b", positives("ND", "D"), *PAIR),
    Case(power_of_smaller_base, "b x", positives("D", "ND"), *PAIR),
    Case(
        power_of_scalars,
        "x p",
        lambda rng, N: (positive(rng, N), 2.5),
        dict(N=4),
        dict(N=3),
    ),
    Case(subtract_smaller, "x b c", positives("ND", "D", "N1"), *PAIR),
    Case(multiply_column_and_row, "c r", positives("N1", "D"), *PAIR),
    Case(outer_difference, "a b", positives("N", "D"), *PAIR),
    Case(column_with_vector, "pred y", positives("N1", "N"), dict(N=4), dict(N=3)),
    Case(
        pairwise_distances,
        "A B",
        positives("ND", "MD"),
        dict(N=4, M=2, D=3),
        dict(N=3, M=5, D=2),
    ),
    Case(
        distances_by_expansion,
        "A B",
        positives("ND", "MD"),
        dict(N=4, M=2, D=3),
        dict(N=3, M=5, D=2),
    ),
    Case(
        three_axes,
        "x a b c",
        positives("BTD", "TD", "B1D", "T1"),
        dict(B=2, T=4, D=3),
        dict(B=3, T=2, D=5),
    ),
    Case(size_one_axes, "x y", positives("1D", "N1"), *PAIR),
    Case(
        extra_leading_axes,
        "x w",
        positives("BTD", "T"),
        dict(B=2, T=4, D=3),
        dict(B=3, T=2, D=5),
    ),
    Case(maximum_of_row, "x b", positives("ND", "D"), *PAIR),
    Case(
        where_broadcast,
        "x s",
        lambda rng, N, D: (
            np.arange(N)[:, None] % 2 == 0,
            positive(rng, D),
            positive(rng, N, D),
        ),
        *PAIR,
    ),
    Case(arctan2_and_hypot, "y x", positives("D", "ND"), *PAIR),
    Case(logaddexp_broadcast, "a b", positives("N1", "D"), *PAIR),
    Case(
        batched_matmul,
        "a b",
        positives("B1ND", "KDM"),
        dict(B=2, K=3, N=4, D=5, M=6),
        dict(B=3, K=2, N=5, D=4, M=3),
    ),
    Case(
        matmul_with_vector,
        "a v u",
        positives("BND", "D", "N"),
        dict(B=2, N=4, D=3),
        dict(B=3, N=2, D=5),
    ),
    Case(mean_of_broadcast, "b", positives("D", "ND"), *PAIR),
    Case(
        empty_batch,
        "w",
        lambda rng, N, D: normals(rng, (N, D), D),
        dict(N=0, D=3),
        dict(N=2, D=4),
    ),
    Case(
        empty_row,
        "b",
        lambda rng, N, D: normals(rng, (N, D), D),
        dict(N=2, D=3),
        dict(N=4, D=2),
    ),
    Case(
        scalar_array,
        "s x",
        lambda rng, N: (np.array(0.7), *normals(rng, N)),
        dict(N=4),
        dict(N=3),
    ),
]
