"""`from numpy import *`, and NumPy under other names."""

import numpy
import numpy.linalg as la
from numpy import *  # noqa: F403
from numpy import dot as dot_product  # noqa: F401
from numpy import exp, tanh

from ._case import Case, normals

# ruff: noqa: F405, A001, A004


def star_names(X, y, syn0, syn1):
    l1 = 1 / (1 + exp(-(dot(X, syn0))))
    l2 = 1 / (1 + exp(-(dot(l1, syn1))))
    return mean(abs(y - l2)) + 0.5 * sum((y - l2) ** 2)


def star_builders(x):
    z = zeros((len(x), 2))
    z[:, 0] = x
    z[:, 1] = maximum(x, 0) ** 2
    return sum(z @ array([1.0, 2.0])) + amax(x) * amin(x)


def numpy_in_full(x, W):
    return numpy.sum(numpy.square(numpy.dot(x, W)))


def functions_under_other_names(x, W):
    return la.norm(tanh(dot_product(x, W))) + exp(-la.norm(W))


def imported_inside(x, W):
    import numpy as np
    from numpy import log

    return np.sum(log(1 + (x @ W) ** 2))


PAIR = dict(N=4, D=3), dict(N=3, D=5)


def matrices(rng, N, D):
    return normals(rng, (N, D), (D, 6))


CASES = [
    Case(
        star_names,
        "syn0 syn1",
        lambda rng, N, D, H: normals(rng, (N, D), (N, 1), (D, H), (H, 1)),
        dict(N=4, D=3, H=5),
        dict(N=3, D=5, H=2),
    ),
    Case(star_builders, "x", lambda rng, N: normals(rng, N), dict(N=4), dict(N=5)),
    Case(numpy_in_full, "x W", matrices, *PAIR),
    Case(functions_under_other_names, "x W", matrices, *PAIR),
    Case(imported_inside, "x W", matrices, *PAIR),
]
