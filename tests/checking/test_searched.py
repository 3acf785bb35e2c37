"""Steps that no backward pass makes are undecided, with the reason; not wrong."""

from pathlib import Path

import pytest

import clearprop as cp
from clearprop.checking.report import Report

EVOLUTION = """
import numpy as np

np.random.seed(0)
X = np.random.randn(50, 3)
y = X.dot(np.array([0.5, 0.1, -0.3]))

def f(w):
    return -np.mean((X.dot(w) - y) ** 2)

npop, sigma, alpha = 10, 0.1, 0.01
w = np.random.randn(3)
for i in range(30):
    N = np.random.randn(npop, 3)
    R = np.zeros(npop)
    for j in range(npop):
        R[j] = f(w + sigma * N[j])
    A = (R - np.mean(R)) / np.std(R)
    w = w + alpha / (npop * sigma) * np.dot(N.T, A)
"""

SPSA = """
import numpy as np

rng = np.random.default_rng(0)
A = np.diag([1.0, 3.0, 0.5])

def loss(theta):
    return theta @ A @ theta

theta = np.array([1.0, -1.0, 2.0])
for k in range(1, 20):
    delta = rng.choice([-1.0, 1.0], size=3)
    c = 0.1 / k ** 0.101
    g_hat = (loss(theta + c * delta) - loss(theta - c * delta)) / (2 * c * delta)
    theta = theta - 0.1 * g_hat
"""

BOLTZMANN = """
import numpy as np

rng = np.random.default_rng(0)
data = (rng.random((20, 6)) < 0.5).astype(float)
W, a, b = 0.1 * rng.normal(size=(6, 2)), np.zeros(6), np.zeros(2)

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

for epoch in range(10):
    pos = sigmoid(data @ W + b)
    h = (rng.random(pos.shape) < pos).astype(float)
    v = sigmoid(h @ W.T + a)
    neg = sigmoid(v @ W + b)
    W += 0.1 * (data.T @ pos - v.T @ neg) / len(data)
    a += 0.1 * (data - v).mean(axis=0)
    b += 0.1 * (pos - neg).mean(axis=0)
    error = np.sum((data - v) ** 2)
"""

DIFFERENCES = """
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    return np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)


def cross_entropy_error(y, t):
    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]


def numerical_gradient(f, x):
    h = 1e-4
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=['multi_index'], op_flags=['readwrite'])
    while not it.finished:
        idx = it.multi_index
        tmp_val = x[idx]
        x[idx] = float(tmp_val) + h
        fxh1 = f(x)
        x[idx] = tmp_val - h
        fxh2 = f(x)
        grad[idx] = (fxh1 - fxh2) / (2 * h)
        x[idx] = tmp_val
        it.iternext()
    return grad


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.1):
        self.params = {}
        self.params['W1'] = weight_init_std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = weight_init_std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def predict(self, x):
        a1 = np.dot(x, self.params['W1']) + self.params['b1']
        z1 = sigmoid(a1)
        return softmax(np.dot(z1, self.params['W2']) + self.params['b2'])

    def loss(self, x, t):
        return cross_entropy_error(self.predict(x), t)

    def numerical_gradient(self, x, t):
        loss_W = lambda W: self.loss(x, t)
        grads = {}
        for key in ('W1', 'b1', 'W2', 'b2'):
            grads[key] = numerical_gradient(loss_W, self.params[key])
        return grads


np.random.seed(0)
x_train = np.random.randn(20, 4)
t_train = np.eye(3)[np.random.randint(0, 3, 20)]
network = TwoLayerNet(4, 5, 3)
for i in range(20):
    grad = network.numerical_gradient(x_train, t_train)
    for key in ('W1', 'b1', 'W2', 'b2'):
        network.params[key] -= 0.1 * grad[key]
    print(network.loss(x_train, t_train))
"""


FRANK_WOLFE = """
import numpy as np
rng = np.random.default_rng(0)
A = rng.normal(size=(30, 5)); b = rng.normal(size=30)
x = np.ones(5) / 5
for k in range(50):
    r = A @ x - b
    loss = 0.5 * np.sum(r ** 2)
    grad = A.T @ r
    s = np.zeros(5); s[np.argmin(grad)] = 1.0
    gamma = 2 / (k + 2)
    x = (1 - gamma) * x + gamma * s
print(x, loss)
"""
FTRL = """
import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(20, 5))
t = (X[:, 0] > 0).astype(float)
z, n = np.zeros(5), np.zeros(5)
loss = 0.0
for x, y in zip(X, t):
    w = -np.sign(z) * np.maximum(np.abs(z) - 0.1, 0) / (1 + np.sqrt(n) + 1.0)
    p = 1 / (1 + np.exp(-w @ x))
    loss += -(y * np.log(p) + (1 - y) * np.log(1 - p))
    g = (p - y) * x
    z += g - (np.sqrt(n + g * g) - np.sqrt(n)) * w
    n += g * g
"""

OJA = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3))
w = rng.normal(size=3)
for x in X:
    y = w @ x
    w += 0.01 * y * (x - y * w)
"""

KOHONEN = """
import numpy as np

rng = np.random.default_rng(0)
data = rng.random((50, 3))
weights = rng.random((5, 5, 3))
grid = np.stack(np.meshgrid(np.arange(5), np.arange(5), indexing="ij"), axis=-1)
for t in range(20):
    x = data[rng.integers(len(data))]
    dist = np.sum((weights - x) ** 2, axis=-1)
    best = np.unravel_index(np.argmin(dist), dist.shape)
    h = np.exp(-np.sum((grid - np.array(best)) ** 2, axis=-1) / 8)
    weights += 0.5 * h[..., None] * (x - weights)
"""


def checked(text: str, tmp_path: Path) -> Report:
    path = tmp_path / "program.py"
    path.write_text(text)
    return cp.check(str(path))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (EVOLUTION, "how good other weights were"),
        (SPSA, "how good other weights were"),
        (BOLTZMANN, "draws at random"),
        (DIFFERENCES, "can't be followed"),
        (FTRL, "sums up squares"),
        (FRANK_WOLFE, "goes where one entry"),
        (OJA, "draws a weight to its data"),
        (KOHONEN, "draws a weight to its data"),
    ],
    ids=[
        "evolution",
        "spsa",
        "boltzmann",
        "differences",
        "ftrl",
        "corner",
        "oja",
        "kohonen",
    ],
)
def test_a_step_without_a_backward_pass_is_undecided(
    text: str, why: str, tmp_path: Path
) -> None:
    report = checked(text, tmp_path)
    assert report.verdict == "undecided", report.findings
    assert why in report.reason


BAYES = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 3))
y = X @ np.array([1.0, -2.0, 0.5])
mu, rho = rng.normal(size=3), rng.normal(size=3)
for i in range(20):
    eps = rng.normal(size=3)
    w = mu + np.exp(rho) * eps
    error = X @ w - y
    loss = np.mean(error ** 2)
    dw = 2 * X.T @ error / len(y)
    dmu = dw
    drho = dw * eps * np.exp(rho)
    mu = mu - 0.05 * dmu
    rho = rho - 0.05 * drho
"""


def test_noise_on_the_weights_hides_no_mistake(tmp_path: Path) -> None:
    """Where the backward pass goes through the noise, there is a right answer."""
    assert checked(BAYES, tmp_path).verdict == "right"
    report = checked(BAYES.replace("eps * np.exp(rho)\n", "eps\n"), tmp_path)
    assert [f.line for f in report.findings] == [15]


AHEAD = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 3))
y = X @ np.array([1.0, -2.0, 0.5])
w, v = rng.normal(size=3), np.zeros(3)
for i in range(20):
    ahead = w + 0.9 * v
    error = X @ ahead - y
    loss = np.mean(error ** 2)
    grad_w = X.T @ (error ** 2)
    v = 0.9 * v - 0.05 * grad_w
    w = w + v
"""


def test_a_look_ahead_is_no_search(tmp_path: Path) -> None:
    assert checked(AHEAD, tmp_path).verdict == "wrong"


SCALES = """
import numpy as np

rng = np.random.default_rng(0)
X, y, W = (rng.normal(size=(5, 3)) for _ in range(3))
for i in range(20):
    out = W * X
    loss = 0.5 * np.sum((out - y) ** 2)
    dW = X
    W -= 0.1 * dW
"""

UNREDUCED = """
import numpy as np


def layer_forward(x, w, b):
    return x @ w + b, (x, w)


def layer_backward(dout, cache):
    x, w = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout
    return dx, dw, db
"""


@pytest.mark.parametrize(("text", "line"), [(SCALES, 9), (UNREDUCED, 13)])
def test_what_the_loss_reads_is_no_gradient_from_elsewhere(
    text: str, line: int, tmp_path: Path
) -> None:
    report = checked(text, tmp_path)
    assert [f.line for f in report.findings] == [line]
