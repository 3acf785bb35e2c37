# expect: line=31 variable=return mistake=sign
# right: self.slope(self.x) * dout
import numpy as np


class Dense:
    def __init__(self, n, m):
        self.W = rng.normal(size=(n, m)) * 0.5
        self.b = np.zeros(m)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class Curve:
    def __init__(self, f, slope):
        self.f, self.slope = f, slope

    def forward(self, x):
        self.x = x
        return self.f(x)

    def backward(self, dout):
        # the chain rule
        return -(self.slope(self.x) * dout)


def tanh_prime(x):
    y = np.tanh(x)
    return 1 - y ** 2


rng = np.random.default_rng(5)
X = rng.normal(size=(20, 3))
Y = np.sin(X[:, :2])
layers = [Dense(3, 4), Curve(np.tanh, tanh_prime), Dense(4, 2)]
for epoch in range(50):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - Y) ** 2)
    grad = 2 * (out - Y) / Y.size
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers[::2]:
        layer.W -= 0.1 * layer.dW
        layer.b -= 0.1 * layer.db
