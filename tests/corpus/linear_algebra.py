"""Products, solves, inverses and determinants."""

import numpy as np

from ._case import Case, normals, positive


def quadratic_form(A, x):
    return x @ A @ x + x.T @ x


def outer_products(a, b, x):
    return np.sum(np.outer(a, b) @ x) + np.sum(np.outer(x, x) ** 2)


def inner_products(x, y, A):
    return np.inner(x, y) + np.vdot(x, x) + np.sum(np.inner(A, x) ** 2)


def tensordot(x, w):
    y = np.tensordot(x, w, axes=([1, 2], [0, 1]))
    return np.sum(y**2) + np.sum(np.tensordot(x[0], w, axes=2))


def tensordot_one(x, w):
    return np.sum(np.tensordot(x, w, axes=1) ** 2)


def dot_of_high_ranks(a, b):
    return np.sum(np.dot(a, b) ** 2)


def traces(A, B):
    return np.trace(A @ B) + np.trace(A) ** 2


def cross(a, b):
    return np.sum(np.cross(a, b) ** 2 * np.arange(1, 4))


def kronecker(a, b):
    return np.sum(np.kron(a, b) ** 2 * np.kron(a, b))


def inverse(A, b):
    return np.sum((np.linalg.inv(A) @ b) ** 2)


def solve(A, b):
    x = np.linalg.solve(A, b)
    return 0.5 * np.dot(x, x)


def solve_many(A, B):
    return np.sum(np.sin(np.linalg.solve(A, B)))


def determinant(A):
    return np.linalg.det(A) + np.log(np.linalg.det(A @ A.T))


def log_determinant(A):
    S = A @ A.T + np.eye(A.shape[0])
    sign, logdet = np.linalg.slogdet(S)
    return sign * logdet


def cholesky(A, z):
    L = np.linalg.cholesky(A @ A.T + np.eye(len(A)))
    return np.sum((L @ z) ** 3) - np.sum(np.log(np.diag(L)))


def least_squares_by_normal_equations(X, y, lam):
    w = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)
    return np.sum((X @ w - y) ** 2)


def matrix_power(A):
    return np.sum(np.linalg.matrix_power(A, 3)) + np.sum(A @ A.T)


def frobenius(A, B):
    return np.linalg.norm(A - B) + np.linalg.norm(A, "fro") ** 2


def chained(A, B, C, v):
    return np.sum(A.dot(B).dot(C).dot(v) ** 2) + np.sum(np.linalg.multi_dot([A, B, C]))


def rank_one_update(A, u, v):
    return np.sum((A + u[:, None] * v) ** 2) + np.sum(A.T * np.outer(v, u))


def covariance(X):
    centred = X - X.mean(axis=0)
    cov = centred.T @ centred / (X.shape[0] - 1)
    return np.sum(cov**2) + np.sum(np.cov(X, rowvar=False) * np.eye(X.shape[1]))


def correlation(x, y):
    xm, ym = x - x.mean(), y - np.mean(y)
    return (xm @ ym) / np.sqrt(np.sum(xm**2) * np.sum(ym**2))


def power_iteration(A, v):
    for _ in range(2):
        v = A @ v
        v = v / np.linalg.norm(v)
    return v @ A @ v


def well_conditioned(rng, N):
    (A,) = normals(rng, (N, N))
    return A + 2 * N * np.eye(N)


PAIR = dict(N=4, D=3), dict(N=3, D=5)
ONE = dict(N=3), dict(N=4)

CASES = [
    Case(quadratic_form, "A x", lambda rng, N: normals(rng, (N, N), N), *ONE),
    Case(outer_products, "a b x", lambda rng, N, D: normals(rng, N, D, D), *PAIR),
    Case(inner_products, "x y A", lambda rng, N, D: normals(rng, D, D, (N, D)), *PAIR),
    Case(
        tensordot,
        "x w",
        lambda rng, N, A, B, H: normals(rng, (N, A, B), (A, B, H)),
        dict(N=4, A=2, B=3, H=5),
        dict(N=2, A=3, B=5, H=4),
    ),
    Case(
        tensordot_one,
        "x w",
        lambda rng, N, A, B, H: normals(rng, (N, A, B), (B, H)),
        dict(N=4, A=2, B=3, H=5),
        dict(N=2, A=3, B=5, H=4),
    ),
    Case(
        dot_of_high_ranks,
        "a b",
        lambda rng, N, A, B, H: normals(rng, (N, A, B), (H, B, 2)),
        dict(N=4, A=2, B=3, H=5),
        dict(N=2, A=3, B=5, H=4),
    ),
    Case(traces, "A B", lambda rng, N: normals(rng, (N, N), (N, N)), *ONE),
    Case(
        cross, "a b", lambda rng, N: normals(rng, (N, 3), (N, 3)), dict(N=4), dict(N=2)
    ),
    Case(
        kronecker,
        "a b",
        lambda rng, N, D: normals(rng, (N, 2), (D, D)),
        *PAIR,
    ),
    Case(
        inverse,
        "A b",
        lambda rng, N: (well_conditioned(rng, N), *normals(rng, N)),
        *ONE,
    ),
    Case(
        solve, "A b", lambda rng, N: (well_conditioned(rng, N), *normals(rng, N)), *ONE
    ),
    Case(
        solve_many,
        "A B",
        lambda rng, N, D: (well_conditioned(rng, N), *normals(rng, (N, D))),
        *PAIR,
    ),
    Case(
        determinant,
        "A",
        lambda rng, N: (well_conditioned(rng, N) / (2 * N),),
        *ONE,
    ),
    Case(log_determinant, "A", lambda rng, N: normals(rng, (N, N)), *ONE),
    Case(cholesky, "A z", lambda rng, N: normals(rng, (N, N), N), *ONE),
    Case(
        least_squares_by_normal_equations,
        "X y lam",
        lambda rng, N, D: (*normals(rng, (N, D), N), 0.3),
        dict(N=5, D=3),
        dict(N=6, D=2),
    ),
    Case(matrix_power, "A", lambda rng, N: normals(rng, (N, N)), *ONE),
    Case(frobenius, "A B", lambda rng, N, D: normals(rng, (N, D), (N, D)), *PAIR),
    Case(
        chained,
        "A B C v",
        lambda rng, N, D, H, K: normals(rng, (N, D), (D, H), (H, K), K),
        dict(N=4, D=3, H=5, K=2),
        dict(N=3, D=2, H=4, K=6),
    ),
    Case(rank_one_update, "A u v", lambda rng, N, D: normals(rng, (N, D), N, D), *PAIR),
    Case(covariance, "X", lambda rng, N, D: normals(rng, (N, D)), *PAIR),
    Case(correlation, "x y", lambda rng, N: normals(rng, N, N), dict(N=5), dict(N=4)),
    Case(
        power_iteration,
        "A v",
        lambda rng, N: (positive(rng, N, N), positive(rng, N)),
        *ONE,
    ),
]
