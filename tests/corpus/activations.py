"""Activation functions, each in the spellings that are in use."""

import numpy as np

from ._case import Case, nonzero, normals


def relu_maximum(x, W, b):
    h = np.maximum(0, x.dot(W) + b)
    return np.sum(h**2)


def relu_times_comparison(x, W, b):
    z = x @ W + b
    h = z * (z > 0)
    return np.sum(h * h)


def relu_where(x, W, b):
    z = x @ W + b
    return np.where(z > 0, z, 0).sum()


def relu_abs(x):
    return np.sum((np.abs(x) + x) / 2 * x)


def relu_helper_with_cache(x, W, b):
    def relu(z):
        return np.maximum(np.zeros_like(z), z), z

    out, cache = relu(x @ W + b)
    return 0.5 * np.sum(out * cache)


def leaky_relu(x, alpha):
    a = np.where(x >= 0, x, alpha * x)
    return np.mean(a**3)


def leaky_relu_maximum(x):
    return np.sum(np.maximum(0.01 * x, x) ** 2)


def elu(x, alpha):
    return np.sum(np.where(x > 0, x, alpha * (np.exp(x) - 1)) ** 2)


def selu(x):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return np.mean(scale * np.where(x > 0, x, alpha * np.expm1(x)))


def gelu(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * np.power(x, 3))
    return np.sum(0.5 * x * (1 + np.tanh(inner)))


def swish_and_mish(x):
    swish = x / (1 + np.exp(-x))
    mish = x * np.tanh(np.log(1 + np.exp(x)))
    return np.sum(swish * mish)


def softplus_and_softsign(x):
    softplus = np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)
    softsign = x / (1 + np.abs(x))
    return np.sum(softplus - softsign)


def hard_sigmoid(x):
    return np.sum(np.clip(0.2 * x + 0.5, 0, 1) * x)


def sigmoid_through_tanh(x, w):
    p = 0.5 * (np.tanh(0.5 * (x @ w)) + 1)
    return np.sum(p * (1 - p))


def stable_sigmoid_by_masks(x):
    out = np.zeros_like(x)
    positive = x >= 0
    out[positive] = 1 / (1 + np.exp(-x[positive]))
    e = np.exp(x[~positive])
    out[~positive] = e / (1 + e)
    return np.sum(out**2)


def tanh_by_exponentials(x):
    t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    return np.sum(t * np.array([1.0, -2.0, 0.5]))


def maxout(x, W1, b1, W2, b2):
    return np.maximum(x @ W1 + b1, x @ W2 + b2).sum()


def gated_linear_unit(x, W, b):
    z = x @ W + b
    half = z.shape[1] // 2
    a, gate = z[:, :half], z[:, half:]
    return np.sum(a * (1 / (1 + np.exp(-gate))))


def activations_by_name(x, W1, W2):
    functions = {"tanh": np.tanh, "relu": lambda z: z * (z > 0)}
    h = functions["relu"](x @ W1)
    return np.sum(functions["tanh"](h @ W2))


def layer(rng, N, D, H):
    return normals(rng, (N, D), (D, H), H)


def matrix(rng, N, D):
    return (nonzero(rng, N, D),)


LAYER = layer, dict(N=4, D=3, H=5), dict(N=3, D=5, H=2)
MATRIX = matrix, dict(N=4, D=3), dict(N=2, D=5)

CASES = [
    Case(relu_maximum, "x W b", *LAYER),
    Case(relu_times_comparison, "x W b", *LAYER),
    Case(relu_where, "x W b", *LAYER),
    Case(relu_abs, "x", *MATRIX),
    Case(relu_helper_with_cache, "x W b", *LAYER),
    Case(
        leaky_relu,
        "x alpha",
        lambda rng, N, D: (nonzero(rng, N, D), 0.1),
        *MATRIX[1:],
    ),
    Case(leaky_relu_maximum, "x", *MATRIX),
    Case(elu, "x alpha", lambda rng, N, D: (nonzero(rng, N, D), 0.7), *MATRIX[1:]),
    Case(selu, "x", *MATRIX),
    Case(gelu, "x", *MATRIX),
    Case(swish_and_mish, "x", *MATRIX),
    Case(softplus_and_softsign, "x", *MATRIX),
    Case(hard_sigmoid, "x", lambda rng, N, D: (3 * nonzero(rng, N, D),), *MATRIX[1:]),
    Case(
        sigmoid_through_tanh,
        "x w",
        lambda rng, N, D: normals(rng, (N, D), D),
        *MATRIX[1:],
    ),
    Case(stable_sigmoid_by_masks, "x", *MATRIX),
    Case(
        tanh_by_exponentials,
        "x",
        lambda rng, N: normals(rng, (N, 3)),
        dict(N=4),
        dict(N=5),
    ),
    Case(
        maxout,
        "x W1 b1 W2 b2",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H), H, (D, H), H),
        *LAYER[1:],
    ),
    Case(
        gated_linear_unit,
        "x W b",
        lambda rng, N, D, H: normals(rng, (N, D), (D, 2 * H), 2 * H),
        *LAYER[1:],
    ),
    Case(
        activations_by_name,
        "x W1 W2",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H), (H, 2)),
        *LAYER[1:],
    ),
]
