"""Names of the user's that a code generator would like to have for itself."""

import numpy as np

from ._case import Case, binary, normals, positive


def mask(x, mask):
    n = 3.0
    y = np.maximum(x, 0) * mask * n
    return np.mean(y)


def gradient_names(x, dx, dW):
    dh = np.tanh(x * dx)
    d = dh @ dW
    dx_ = d**2
    return np.sum(dx_) + np.sum(dx)


def g(g, x, b):
    a = g * x
    y = a + b
    g = np.exp(-y)
    return np.sum(g * a)


def loss(out, loss):
    grad = out - loss
    out = grad * grad
    dout = out.sum()
    return dout


def backward(x, w):
    def grad(v):
        return v**2

    gradients = grad(x @ w)
    return np.sum(gradients)


def shadowed_builtins(list, sum, max):
    len = list * sum
    range = np.exp(len) + max
    float = np.sum(range)
    return float


def shape_names(x, e):
    shape = x * 2
    size = np.sum(shape**e)
    axis = np.log(size)
    return axis * e


def trailing_underscores(x_, lambda_, np_):
    W_ = x_ * lambda_
    y__ = W_ + np_
    return np.sum(y__**2)


def one_letter(a, b, c, d, e):
    f = a * b
    h = f + c
    i = np.tanh(h) * d
    j = i**e
    return np.sum(j)


def unicode_names(θ, x, σ):
    μ = x @ θ
    δ = (μ - 1) / σ
    return np.sum(δ**2) + np.log(σ)


def temporaries(t, tmp, x0, x1, t0):
    t1 = t * tmp
    t2 = x0 * x1 + t1
    tmp0 = np.sin(t2) * t0
    return np.sum(tmp0)


def one_name_for_all(x):
    x = x * x
    x = np.sin(x)
    x = x[:, 0] * x[:, 1]
    x = np.sum(x)
    return x


def capital_and_small(X, x, W, w):
    Y = X @ W
    y = x * w
    return np.sum(Y * y)


def result_names(inputs, output, loss_, seed):
    result = inputs * output
    target = result - loss_
    upstream = target**2 * seed
    return np.sum(upstream)


def name_with_digits(W1, W2, W12, dW1, db):
    h1 = W1 * W2
    h12 = h1 + W12
    dh1 = h12 * dW1
    return np.sum(dh1**2) + db


def keywords_nearby(from_, class_, In):
    def_ = from_ @ In
    return np.sum(np.tanh(def_) * class_)


def arguments_of_other_functions(keepdims, axis, dtype):
    return np.sum(keepdims * np.exp(axis), axis=0) @ dtype


def never_used(x, unused, w):
    spare = unused * 2  # noqa: F841
    other = np.sum(x)  # noqa: F841
    return np.sum(x * w)


def helper_with_same_names(x, w):
    def layer(x, w):
        y = x @ w
        x = np.tanh(y)
        return x

    y = layer(x, w)
    z = layer(y, w)
    return np.sum(y * z)


PAIR = dict(N=4, D=3), dict(N=3, D=5)


def matrices(count):
    return lambda rng, N, D: normals(rng, *[(N, D)] * count)


CASES = [
    Case(
        mask, "x", lambda rng, N, D: (*normals(rng, (N, D)), binary(rng, N, D)), *PAIR
    ),
    Case(
        gradient_names,
        "x dx dW",
        lambda rng, N, D: normals(rng, (N, D), (N, D), D),
        *PAIR,
    ),
    Case(g, "g x b", lambda rng, N, D: normals(rng, D, (N, D), (N, 1)), *PAIR),
    Case(loss, "out loss", matrices(2), *PAIR),
    Case(backward, "x w", lambda rng, N, D: normals(rng, (N, D), D), *PAIR),
    Case(shadowed_builtins, "list sum max", matrices(3), *PAIR),
    Case(shape_names, "x e", lambda rng, N, D: (positive(rng, N, D), 1.5), *PAIR),
    Case(
        trailing_underscores,
        "x_ lambda_ np_",
        lambda rng, N, D: (*normals(rng, (N, D)), 0.3, *normals(rng, D)),
        *PAIR,
    ),
    Case(
        one_letter,
        "a b c d",
        lambda rng, N, D: (*normals(rng, (N, D), D, D, (N, 1)), 2),
        *PAIR,
    ),
    Case(
        unicode_names,
        "θ x σ",
        lambda rng, N, D: (*normals(rng, D, (N, D)), 0.8),
        *PAIR,
    ),
    Case(temporaries, None, matrices(5), *PAIR),
    Case(one_name_for_all, "x", matrices(1), *PAIR),
    Case(
        capital_and_small,
        "X x W w",
        lambda rng, N, D: normals(rng, (N, D), N, (D, N), N),
        *PAIR,
    ),
    Case(result_names, "inputs output loss_ seed", matrices(4), *PAIR),
    Case(
        name_with_digits,
        "W1 W2 W12 dW1 db",
        lambda rng, N, D: (*normals(rng, *[(N, D)] * 4), 0.2),
        *PAIR,
    ),
    Case(
        keywords_nearby,
        "from_ class_ In",
        lambda rng, N, D: normals(rng, (N, D), N, D),
        *PAIR,
    ),
    Case(
        arguments_of_other_functions,
        "keepdims axis dtype",
        lambda rng, N, D: normals(rng, (N, D), D, D),
        *PAIR,
    ),
    Case(never_used, "x w", lambda rng, N, D: normals(rng, (N, D), N, (N, D)), *PAIR),
    Case(
        helper_with_same_names,
        "x w",
        lambda rng, N, D: normals(rng, (N, D), (D, D)),
        *PAIR,
    ),
]
