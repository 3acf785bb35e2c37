"""A layered network that first compares its gradient with a numerical one, entry by entry."""

import numpy as np


def numerical_gradient(f, x):
    h = 1e-4
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        idx = it.multi_index
        old = x[idx]
        x[idx] = float(old) + h
        above = f(x)
        x[idx] = old - h
        below = f(x)
        grad[idx] = (above - below) / (2 * h)
        x[idx] = old
        it.iternext()
    return grad


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class Relu:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


class SoftmaxWithLoss:
    def forward(self, x, t):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.t, self.y = t, e / e.sum(axis=1, keepdims=True)
        self.loss = -np.sum(np.log(self.y[np.arange(len(t)), t] + 1e-7)) / len(t)
        return self.loss

    def backward(self):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dx / len(self.t)


class TwoLayerNet:
    def __init__(self, n_in, n_hidden, n_out, scale):
        self.params = {
            "W1": scale * np.random.randn(n_in, n_hidden), "b1": np.zeros(n_hidden),
            "W2": scale * np.random.randn(n_hidden, n_out), "b2": np.zeros(n_out),
        }  # fmt: skip
        self.layers = {
            "Affine1": Affine(self.params["W1"], self.params["b1"]),
            "Relu1": Relu(),
            "Affine2": Affine(self.params["W2"], self.params["b2"]),
        }
        self.last = SoftmaxWithLoss()

    def loss(self, x, t):
        for layer in self.layers.values():
            x = layer.forward(x)
        return self.last.forward(x, t)

    def numerical_gradient(self, x, t):
        loss_W = lambda W: self.loss(x, t)  # noqa: E731
        return {k: numerical_gradient(loss_W, self.params[k]) for k in self.params}

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.last.backward()
        for layer in reversed(list(self.layers.values())):
            dout = layer.backward(dout)
        first, second = self.layers["Affine1"], self.layers["Affine2"]
        return {"W1": first.dW, "b1": first.db, "W2": second.dW, "b2": second.db}

np.random.seed(0)
rs = np.random.RandomState(0)
x_train = rs.rand(600, 40)
t_train = np.argmax(x_train[:, :5], axis=1)
network = TwoLayerNet(n_in=40, n_hidden=12, n_out=5, scale=0.1)

numerical = network.numerical_gradient(x_train[:3], t_train[:3])
backprop = network.gradient(x_train[:3], t_train[:3])
for key in numerical:
    print(key, np.average(np.abs(backprop[key] - numerical[key])))

for i in range(1000):
    batch = np.random.choice(600, 100)
    grad = network.gradient(x_train[batch], t_train[batch])
    for key in ("W1", "b1", "W2", "b2"):
        network.params[key] -= 0.1 * grad[key]
    loss = network.loss(x_train[batch], t_train[batch])
    if i % 100 == 0:
        print(i, loss)
