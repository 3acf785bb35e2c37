"""How people structure a forward pass: containers, closures, branches, defaults."""

import numpy as np

from ._case import Case, normals, positive


def caches(x, W, b):
    def affine_forward(x, w, b):
        out = x.reshape(x.shape[0], -1).dot(w) + b
        cache = (x, w, b)
        return out, cache

    def relu_forward(x):
        return np.maximum(0, x), x

    a, fc_cache = affine_forward(x, W, b)
    out, relu_cache = relu_forward(a)
    cache = (fc_cache, relu_cache)
    return np.sum(out * cache[1])


def rebinding(x, W, b):
    x = x.dot(W)
    x = x + b
    x = np.maximum(x, 0)
    x = x / (1 + x)
    x = x.sum(axis=1)
    x = x.mean()
    return x


def branch_on_a_flag(x, W, residual):
    h = np.tanh(x @ W)
    if residual:
        h = h + x
    return np.sum(h**2)


def branch_on_a_value(x, w):
    s = x @ w
    if s > 0:
        return s**2
    return -3 * s


def while_loop(x, a):
    steps = 0
    while np.sum(x**2) > 1:
        x = x * a
        steps += 1
    return np.sum(x) * steps


def early_return(x, reg=None):
    loss = np.sum(x**2)
    if reg is None:
        return loss
    return loss + reg * np.sum(np.abs(x))


def default_arguments(x, W, activation="tanh", scale=0.5, eps=1e-8):
    z = x @ W
    h = np.tanh(z) if activation == "tanh" else np.maximum(z, 0)
    return scale * np.mean(np.log(h**2 + eps))


def prints_and_asserts(x, W, y):
    assert x.shape[1] == W.shape[0], "shapes do not match"
    h = x @ W
    print("hidden", h.shape, "first %.3f" % h[0, 0], f"mean {h.mean():.4f}")
    if np.isnan(h).any():
        raise ValueError("nan in the hidden layer")
    loss = np.mean((h - y) ** 2)
    print(f"loss = {loss}", float(loss), round(float(loss), 3))
    return loss


def float_of_loss(x, w):
    norm = float(np.sqrt(np.sum(w**2)))
    return float(np.sum(x @ w)) / norm


def item_of_array(x):
    total = 0.0
    for i in range(x.size):
        total += x[i].item() ** 2 * (i + 1)
    return total


def walrus_and_ternary(x, w):
    return np.sum(h**2 if (h := x @ w).ndim == 1 else h)


def chained_assignment(x, w):
    a = b = x * w
    b = b + 1
    (c, d), e = (a, b), a - b
    return np.sum(c * d**2 - e)


def try_and_with(x, w):
    with np.errstate(over="ignore"):
        try:
            z = np.dot(x, w)
        except ValueError:
            z = np.dot(x, w.T)
    return np.sum(1 / (1 + np.exp(-z)))


def local_constants(x, w):
    targets = np.linspace(-1, 1, x.shape[0])
    kernel = np.array([[1.0, -2.0], [0.5, 1.5]])
    return np.mean((x @ kernel @ w - targets) ** 2)


scaled = lambda x, w: np.sum(np.tanh(x * w) ** 2)  # noqa: E731


def square(rng, N, D):
    return normals(rng, (N, D), (D, D))


def layer(rng, N, D, H):
    return normals(rng, (N, D), (D, H), H)


NETWORK = dict(N=4, D=3, H=5, C=2), dict(N=3, D=2, H=4, C=6)
LAYER = dict(N=4, D=3, H=5), dict(N=3, D=5, H=2)
PAIR = dict(N=4, D=3), dict(N=3, D=5)

CASES = [
    Case(
        caches,
        "x W b",
        lambda rng, N, D, H: normals(rng, (N, 2, D), (2 * D, H), H),
        *LAYER,
    ),
    Case(rebinding, "x W b", layer, dict(N=4, D=3, H=5), dict(N=5, D=4, H=6)),
    Case(
        branch_on_a_flag,
        "x W",
        lambda rng, N, D, residual: (*square(rng, N, D), residual),
        dict(N=4, D=3, residual=True),
        dict(N=3, D=5),
        fixed=dict(residual=False),
    ),
    Case(
        branch_on_a_value,
        "x w",
        lambda rng, D, sign: (sign * positive(rng, D), positive(rng, D)),
        dict(D=3, sign=1.0),
        dict(D=5),
        fixed=dict(sign=-1.0),
    ),
    Case(
        while_loop,
        "x a",
        lambda rng, D, a: (positive(rng, D) + 1, a),
        dict(D=3, a=0.6),
        fixed=dict(a=0.85, D=4),
    ),
    Case(early_return, "x", lambda rng, N, D: normals(rng, (N, D)), *PAIR),
    Case(
        early_return,
        "x reg",
        lambda rng, N, D: (*normals(rng, (N, D)), 0.1),
        *PAIR,
        name="early_return_not_taken",
    ),
    Case(default_arguments, "x W", square, *PAIR),
    Case(
        default_arguments,
        "x W scale",
        lambda rng, N, D: (*square(rng, N, D), "relu", 0.3, 1e-2),
        *PAIR,
        name="default_arguments_given",
    ),
    Case(
        prints_and_asserts,
        "x W y",
        lambda rng, N, D: normals(rng, (N, D), (D, D), (N, D)),
        *PAIR,
    ),
    Case(float_of_loss, "x w", lambda rng, N, D: normals(rng, (N, D), D), *PAIR),
    Case(
        item_of_array, "x", lambda rng, N: normals(rng, N), dict(N=3), None, dict(N=4)
    ),
    Case(walrus_and_ternary, "x w", lambda rng, N, D: normals(rng, (N, D), D), *PAIR),
    Case(chained_assignment, "x w", lambda rng, N, D: normals(rng, (N, D), D), *PAIR),
    Case(try_and_with, "x w", lambda rng, N, D: normals(rng, (N, D), D), *PAIR),
    Case(
        local_constants,
        "x w",
        lambda rng, N: normals(rng, (N, 2), 2),
        dict(N=4),
        dict(N=5),
    ),
    Case(
        scaled,
        "x w",
        lambda rng, N, D: normals(rng, (N, D), D),
        *PAIR,
        name="a_lambda",
    ),
]
