"""Elementwise functions, reductions and number types."""

import math

import numpy as np

from ._case import Case, apart, nonzero, normals, positive, probabilities


def float32(x, W, b):
    h = np.tanh(x @ W + b)
    return np.mean(h**2) * 0.5


def float32_with_float64(x, w):
    return np.sum(np.exp(x) * w)


def cast_to_float(x, counts):
    return np.sum(x.astype(np.float64) ** 2 * counts.astype(float))


def integers_times_floats(n, w):
    return np.sum(n * w**2) / 3


def python_floats(a, b, c):
    d = a * b - c / a
    return abs(d) ** 1.5 + -d + +a + (a % 1.0)


def python_math(x, r):
    return math.exp(-r) * np.sum(x**2) + math.log(r) * math.pi


def zero_dimensional(a, b):
    return np.exp(a) * b[()] + np.sum(np.maximum(a, b))


def numpy_scalar(x):
    s = np.float64(2.0)
    m = x.max()
    return np.log(np.exp(x - m).sum()) * s + m


def cumulative(x):
    return np.sum(np.cumsum(x, axis=0) ** 2) + np.sum(x.cumsum() * x.ravel())


def cumulative_product(x):
    return np.sum(np.cumprod(x, axis=1)[:, -1] ** 2) + np.cumprod(x[0])[1]


def product(x):
    return np.prod(x) + np.sum(np.prod(x, axis=0)) + x.prod(axis=1, keepdims=True).sum()


def product_with_zero(x):
    return np.prod(x * np.array([0.0, 1.0, 1.0]) + np.array([0.0, 0.5, 0.5])) + x[0]


def variance(x):
    return np.var(x) + np.sum(x.var(axis=0, ddof=1)) + np.sum(np.var(x, 1) ** 2)


def deviation(x):
    return np.std(x, ddof=1) + np.sum(x.std(axis=0) * np.std(x, axis=0, ddof=1))


def norms(x):
    rows = np.linalg.norm(x, axis=1, keepdims=True)
    return np.sum(x / rows) + np.linalg.norm(x, ord=1) + np.linalg.norm(x[0], np.inf)


def trigonometry(x):
    return np.sum(np.sin(x) * np.cos(x)) + np.sum(np.tan(x) * np.arctan(x))


def hyperbolic(x):
    y = np.sinh(x) + np.cosh(x) * np.tanh(x)
    return np.sum(y) + np.sum(np.arcsinh(x) * np.arctanh(x / 4))


def inverse_trigonometry(p):
    return np.sum(np.arcsin(p) * np.arccos(p)) + np.sum(np.arccosh(p + 1))


def logarithms(x):
    return np.sum(np.log2(x) * np.log10(x)) + np.sum(np.log1p(x) / np.log(x + 2))


def exponentials(x):
    return np.sum(np.exp2(x) - np.expm1(x)) + np.sum(np.exp(-x) ** 2)


def roots(x):
    return np.sum(np.sqrt(x) * np.cbrt(x)) + np.sum(np.reciprocal(x))


def powers(x):
    a = x**2 + x**3 + x**-1 + x**0.5 + x**1 + x**0
    return np.sum(a) + np.sum(np.power(x, 4)) + np.sum(np.float_power(x, 1.5))


def variable_powers(x, y):
    return np.sum(x**y) + np.sum(np.power(y, x))


def signs(x):
    return np.sum(np.abs(x) * np.sign(x) ** 2) + np.sum(np.fabs(x) * np.negative(x))


def rounding_is_flat(x):
    return np.sum(np.floor(x) * x + np.ceil(x) - np.round(x) * 2 * x)


def remainder(x):
    return np.sum(np.mod(x, 1.0) ** 2) + np.sum((x % 0.9) * x) + np.sum(x // 1.0 * x)


def clips(x):
    return np.sum(np.clip(x, -0.5, 0.7) ** 2) + np.sum(x.clip(0) * x)


def gradient_clipping(x, limit):
    norm = np.sqrt(np.sum(x**2))
    return np.sum((x * np.minimum(1.0, limit / norm)) ** 3)


def extremes(x):
    return x.max() * x.min() + np.sum(np.max(x, axis=0) - np.amin(x, axis=1)[0])


def peak_to_peak(x):
    return np.sum(np.ptp(x, axis=0) ** 2) + np.median(x) + np.sum(np.median(x, axis=1))


def two_argument_extremes(x, y):
    return np.sum(np.maximum(x, y) * np.minimum(x, 2 * y)) + np.sum(np.fmax(x, 0.1))


def weighted_average(x, w):
    return np.sum(np.average(x, axis=0, weights=w) ** 2)


def nan_safe(x):
    return np.nansum(x**2) + np.sum(np.nan_to_num(x))


def double_where(x):
    safe = np.where(x > 0, x, 1.0)
    return np.sum(np.where(x > 0, np.log(safe), 0.0))


def degrees(x):
    return np.sum(np.deg2rad(x) * np.radians(x)) + np.sum(np.rad2deg(x))


def ufuncs_by_name(x, y):
    a = np.add(x, y)
    b = np.subtract(a, np.multiply(x, 2))
    c = np.divide(b, np.true_divide(y, 3))
    return np.add.reduce(c) + np.multiply.reduce(x) + np.add.reduce(np.square(a))


def polynomial(coefficients, x):
    return np.sum(np.polyval(coefficients, x) ** 2)


def constants(x):
    return np.sum(np.e**x) + np.sum(np.pi * x) + 1e3 * 1e-3 * np.sum(x) + (not False)


def sum_of_booleans(x):
    positive_count = (x > 0).sum()
    return np.sum(x**2) / positive_count


def fortran_order(A, x):
    return np.sum(np.tanh(A @ x) ** 2)


def dtype_argument(x):
    a = np.asarray(x, dtype=np.float64)
    return np.sum(a * np.ones(a.shape, dtype=np.float32), dtype=np.float64)


def matrix(rng, N, D):
    return normals(rng, (N, D))


def safe(rng, N, D):
    return (positive(rng, N, D),)


def signed(rng, N, D):
    return (nonzero(rng, N, D),)


def distinct(rng, N, D):
    return (apart(rng, N, D),)


def low(rng, *shapes):
    return tuple(rng.normal(size=shape).astype(np.float32) for shape in shapes)


PAIR = dict(N=4, D=3), dict(N=3, D=5)
FREE = dict(N=4), dict(N=5)

CASES = [
    Case(
        float32,
        "x W b",
        lambda rng, N, D, H: low(rng, (N, D), (D, H), H),
        dict(N=4, D=3, H=5),
        dict(N=3, D=2, H=6),
    ),
    Case(
        float32_with_float64,
        "x w",
        lambda rng, N, D: (*low(rng, (N, D)), *normals(rng, D)),
        *PAIR,
    ),
    Case(
        cast_to_float,
        "x",
        lambda rng, N: (*low(rng, N), np.arange(N)),
        *FREE,
    ),
    Case(
        integers_times_floats,
        "w",
        lambda rng, N, D: (np.arange(N * D).reshape(N, D), *normals(rng, D)),
        *PAIR,
    ),
    Case(python_floats, "a b c", lambda rng: (1.3, -0.6, 0.4)),
    Case(python_math, "x r", lambda rng, N: (*normals(rng, N), 0.7), *FREE),
    Case(zero_dimensional, "a b", lambda rng: (np.array(0.4), np.array(-0.3))),
    Case(numpy_scalar, "x", lambda rng, N: (apart(rng, N),), *FREE),
    Case(cumulative, "x", matrix, *PAIR),
    Case(cumulative_product, "x", signed, *PAIR),
    Case(product, "x", signed, *PAIR),
    Case(product_with_zero, "x", lambda rng: normals(rng, 3)),
    Case(variance, "x", matrix, *PAIR),
    Case(deviation, "x", matrix, *PAIR),
    Case(norms, "x", lambda rng, N, D: (apart(rng, N, D) + 0.05,), *PAIR),
    Case(trigonometry, "x", signed, *PAIR),
    Case(hyperbolic, "x", signed, *PAIR),
    Case(
        inverse_trigonometry, "p", lambda rng, N, D: (probabilities(rng, N, D),), *PAIR
    ),
    Case(logarithms, "x", safe, *PAIR),
    Case(exponentials, "x", matrix, *PAIR),
    Case(roots, "x", safe, *PAIR),
    Case(powers, "x", safe, *PAIR),
    Case(
        variable_powers,
        "x y",
        lambda rng, N, D: (positive(rng, N, D), positive(rng, N, D)),
        *PAIR,
    ),
    Case(signs, "x", signed, *PAIR),
    Case(
        rounding_is_flat, "x", lambda rng, N, D: (apart(rng, N, D) * 1.1 + 0.01,), *PAIR
    ),
    Case(remainder, "x", lambda rng, N, D: (probabilities(rng, N, D) * 0.9,), *PAIR),
    Case(clips, "x", lambda rng, N, D: (nonzero(rng, N, D),), *PAIR),
    Case(
        gradient_clipping,
        "x limit",
        lambda rng, N, D: (*normals(rng, (N, D)), 0.5),
        *PAIR,
    ),
    Case(extremes, "x", distinct, *PAIR),
    Case(peak_to_peak, "x", distinct, dict(N=5, D=3), dict(N=3, D=7)),
    Case(
        two_argument_extremes, "x y", lambda rng, N, D: normals(rng, (N, D), D), *PAIR
    ),
    Case(
        weighted_average,
        "x w",
        lambda rng, N, D: (*normals(rng, (N, D)), positive(rng, N)),
        *PAIR,
    ),
    Case(nan_safe, "x", matrix, *PAIR),
    Case(double_where, "x", signed, *PAIR),
    Case(degrees, "x", matrix, *PAIR),
    Case(
        ufuncs_by_name,
        "x y",
        lambda rng, N: (positive(rng, N), positive(rng, N)),
        *FREE,
    ),
    Case(polynomial, "coefficients x", lambda rng, N: normals(rng, 3, N), *FREE),
    Case(constants, "x", matrix, *PAIR),
    Case(sum_of_booleans, "x", signed, *PAIR),
    Case(
        fortran_order,
        "A x",
        lambda rng, N, D: (rng.normal(size=(D, N)).T, rng.normal(size=2 * D)[::2]),
        *PAIR,
    ),
    Case(dtype_argument, "x", matrix, *PAIR),
]
