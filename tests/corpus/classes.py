"""Classes whose weights live in self, closures, and functions without a source."""

import numpy as np

from ._case import Case, labels, normals, onehot


class TwoLayerNet:
    """Weights in a dict, as in CS231n's second assignment."""

    def __init__(self, rng, D, H, C):
        W1, b1, W2, b2 = normals(rng, (D, H), H, (H, C), C)
        self.params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}

    def loss(self, X, y, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        N, D = X.shape
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        scores -= np.max(scores, axis=1, keepdims=True)
        probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
        loss = -np.sum(np.log(probs[np.arange(N), y])) / N
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        return loss


class NeuralNetwork:
    """Methods that call methods and leave their results in self."""

    def __init__(self, rng, D, H):
        self.W1, self.W2 = normals(rng, (D, H), (H, 1))

    def sigmoid(self, s):
        return 1 / (1 + np.exp(-s))

    def forward(self, X):
        self.z = np.dot(X, self.W1)
        self.z2 = self.sigmoid(self.z)
        self.z3 = np.dot(self.z2, self.W2)
        return self.sigmoid(self.z3)

    def cost(self, X, y):
        self.yHat = self.forward(X)
        return 0.5 * sum((y - self.yHat) ** 2)[0]


class Affine:
    def __init__(self, W, b):
        self.W, self.b, self.x = W, b, None

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b


class Relu:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        x = x - np.max(x, axis=-1, keepdims=True)
        self.y = np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)
        return -np.sum(self.t * np.log(self.y + 1e-7)) / t.shape[0]


class LayerStack:
    """Layer objects in a dict, called one after another."""

    def __init__(self, rng, D, H, C):
        W1, b1, W2, b2 = normals(rng, (D, H), H, (H, C), C)
        self.layers = {"fc1": Affine(W1, b1), "relu": Relu(), "fc2": Affine(W2, b2)}
        self.last = SoftmaxWithLoss()

    def predict(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.last.forward(self.predict(x), t)


class Nielsen:
    """Lists of weights and biases in self, columns as examples."""

    def __init__(self, rng, sizes):
        self.weights = [rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:])]
        self.biases = [rng.normal(size=(b, 1)) for b in sizes[1:]]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = 1.0 / (1.0 + np.exp(-(np.dot(w, a) + b)))
        return a

    def cost(self, x, y):
        return 0.5 * np.linalg.norm(self.feedforward(x) - y) ** 2


class Callable:
    """An instance that is called, with an inherited method and a property."""

    def __init__(self, rng, D):
        (self.w,) = normals(rng, D)

    @property
    def penalty(self):
        return 0.1 * np.sum(self.w**2)

    def __call__(self, x, y):
        return np.mean((x @ self.w - y) ** 2) + self.penalty


def two_layer_net(rng, N, D, H, C):
    return TwoLayerNet(rng, D, H, C).loss


def neural_network(rng, N, D, H):
    return NeuralNetwork(rng, D, H).cost


def layer_stack(rng, N, D, H, C):
    return LayerStack(rng, D, H, C).loss


def nielsen(rng, D, H, C):
    return Nielsen(rng, [D, H, C]).cost


def called_instance(rng, N, D):
    return Callable(rng, D).__call__


def closure_over_weights(rng, N, D, H):
    W, b = normals(rng, (D, H), H)

    def loss(x, y):
        return np.mean((np.tanh(x @ W + b) - y) ** 2)

    return loss


def closure_over_data(rng, N, D):
    X, y = normals(rng, (N, D), N)

    def objective(w):
        return np.sum((X @ w - y) ** 2) / len(y)

    return objective


SCRIPT = """
import numpy as np
W = None
def activation(z):
    return np.tanh(z)
def network(x, v):
    h = activation(x @ W)
    return np.mean((h @ v) ** 2)
"""


STAR_SCRIPT = """
from numpy import *
def network(x, W):
    return mean(tanh(dot(x, W)) ** 2) + abs(sum(W))
"""


def executed_star(rng, N, D, H):
    """Where `sum`, `abs` and `max` are NumPy's."""
    namespace = {}
    exec(STAR_SCRIPT, namespace)
    return namespace["network"]


def executed_text(rng, N, D, H):
    """A function whose source can't be read, with a global of its own."""
    namespace = {}
    exec(SCRIPT, namespace)
    (namespace["W"],) = normals(rng, (D, H))
    return namespace["network"]


NETWORK = dict(N=4, D=3, H=5, C=2), dict(N=3, D=2, H=4, C=5)
LAYER = dict(N=4, D=3, H=5), dict(N=3, D=5, H=2)
PAIR = dict(N=4, D=3), dict(N=3, D=5)

CASES = [
    Case(
        two_layer_net,
        "X self.params['W1'] self.params['b1'] self.params['W2'] self.params['b2']",
        lambda rng, N, D, H, C: (*normals(rng, (N, D)), labels(rng, N, C), 0.05),
        *NETWORK,
        built=True,
    ),
    Case(
        neural_network,
        "X self.W1 self.W2",
        lambda rng, N, D, H: normals(rng, (N, D), (N, 1)),
        dict(N=4, D=3, H=5),
        dict(D=5, H=2),
        dict(N=6),
        built=True,
    ),
    Case(
        layer_stack,
        "x",
        lambda rng, N, D, H, C: (*normals(rng, (N, D)), onehot(rng, N, C)),
        *NETWORK,
        built=True,
    ),
    Case(
        nielsen,
        "x self.weights[0] self.weights[1] self.biases[0] self.biases[1]",
        lambda rng, D, H, C: normals(rng, (D, 1), (C, 1)),
        dict(D=3, H=5, C=2),
        dict(D=4, H=2, C=3),
        built=True,
    ),
    Case(
        called_instance,
        "x self.w",
        lambda rng, N, D: normals(rng, (N, D), N),
        *PAIR,
        built=True,
    ),
    Case(
        closure_over_weights,
        "x W b",
        lambda rng, N, D, H: normals(rng, (N, D), (N, H)),
        *LAYER,
        built=True,
    ),
    Case(closure_over_data, "w", lambda rng, N, D: normals(rng, D), *PAIR, built=True),
    Case(
        executed_text,
        "x v W",
        lambda rng, N, D, H: normals(rng, (N, D), H),
        *LAYER,
        built=True,
    ),
    Case(
        executed_star,
        "x W",
        lambda rng, N, D, H: normals(rng, (N, D), (D, H)),
        *LAYER,
        built=True,
    ),
]
