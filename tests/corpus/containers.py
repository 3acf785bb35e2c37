"""Parameters in dicts, lists, tuples and objects, and what walks over them."""

import functools
from dataclasses import dataclass

import numpy as np

from ._case import Case, binary, normals


def dict_of_params(x, y, params):
    h = np.tanh(x @ params["W1"] + params["b1"])
    out = h @ params["W2"] + params["b2"]
    return np.mean((out - y) ** 2)


def keys_by_number(X, Y, parameters):
    A = X
    L = len(parameters) // 2
    for l in range(1, L):
        A_prev = A
        W, b = parameters["W" + str(l)], parameters[f"b{l}"]
        A = np.maximum(0, np.dot(W, A_prev) + b)
    AL = 1 / (1 + np.exp(-(parameters["W%d" % L] @ A + parameters["b" + str(L)])))
    m = Y.shape[1]
    return -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m


def list_of_layers(x, layers):
    for i, (W, b) in enumerate(layers):
        x = x @ W + b
        if i < len(layers) - 1:
            x = np.tanh(x)
    return np.sum(x**2)


def list_of_dicts(x, layers):
    for layer in layers[:-1]:
        x = np.maximum(0, x @ layer["w"] + layer["b"])
    return np.sum((x @ layers[-1]["w"] + layers[-1]["b"]) ** 2)


def reduced(x, weights):
    return np.sum(functools.reduce(lambda h, W: np.tanh(h @ W), weights, x))


def comprehensions(xs, w):
    activations = [np.tanh(x @ w) for x in xs]
    by_name = {f"x{i}": a for i, a in enumerate(activations) if i != 1}
    return sum(np.sum(a**2) for a in by_name.values()) + max(len(by_name), 1)


def recursive(x, weights):
    if not weights:
        return np.sum(x**2)
    W, *rest = weights
    return recursive(np.tanh(x @ W), rest)


def starred(x, *weights):
    for W in weights:
        x = np.tanh(x @ W)
    return np.mean(x**2)


def keyword_helpers(x, params):
    def layer(x, *, W, b=0.0, **options):
        z = x @ W + b
        return options.get("gain", 1) * np.tanh(z)

    return np.sum(layer(x, **params, gain=2.0))


@dataclass
class Options:
    rate: float
    power: int = 2


def options_object(x, w, options):
    return options.rate * np.sum((x @ w) ** options.power)


def layers(rng, N, D, H, C):
    (x,) = normals(rng, (N, D))
    return x, [normals(rng, (D, H), H), normals(rng, (H, C), C)]


def records(rng, **sizes):
    x, pairs = layers(rng, **sizes)
    return x, [dict(w=W, b=b) for W, b in pairs]


def named(rng, N, D, H, C):
    arrays = normals(rng, (D, H), H, (H, C), C)
    names = ["W1", "b1", "W2", "b2"]
    return *normals(rng, (N, D), (N, C)), dict(zip(names, arrays))


def numbered(rng, D, H, C, m):
    arrays = normals(rng, (H, D), (H, 1), (C, H), (C, 1))
    names = ["W1", "b1", "W2", "b2"]
    return *normals(rng, (D, m)), binary(rng, C, m), dict(zip(names, arrays))


NETWORK = dict(N=4, D=3, H=5, C=2), dict(N=3, D=2, H=4, C=6)
LAYER = dict(N=4, D=3, H=5), dict(N=3, D=5, H=2)
PAIR = dict(N=4, D=3), dict(N=3, D=5)

CASES = [
    Case(dict_of_params, None, named, *NETWORK),
    Case(
        keys_by_number,
        "parameters",
        numbered,
        dict(D=3, H=5, C=2, m=4),
        dict(D=4, H=3, C=1, m=5),
    ),
    Case(list_of_layers, "x layers", layers, *NETWORK),
    Case(list_of_dicts, "x layers", records, *NETWORK),
    Case(
        reduced,
        "x weights",
        lambda rng, N, D, H: (
            *normals(rng, (N, D)),
            list(normals(rng, (D, H), (H, D))),
        ),
        *LAYER,
    ),
    Case(
        comprehensions,
        "w",
        lambda rng, N, D: (
            list(normals(rng, (N, D), (N, D), (N, D))),
            *normals(rng, D),
        ),
        *PAIR,
    ),
    Case(
        recursive,
        "x weights",
        lambda rng, N, D, H: (*normals(rng, (N, D)), normals(rng, (D, H), (H, D))),
        *LAYER,
    ),
    Case(
        starred,
        "x weights",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H), (H, D)),
        *LAYER,
    ),
    Case(
        keyword_helpers,
        "x params",
        lambda rng, N, D, H: (
            *normals(rng, (N, D)),
            dict(zip("Wb", normals(rng, (D, H), H))),
        ),
        *LAYER,
    ),
    Case(
        options_object,
        "x w",
        lambda rng, N, D: (*normals(rng, (N, D), D), Options(0.7)),
        *PAIR,
    ),
]
