# expect: line=20 variable=return mistake=scale
# right: dout * (0.5 * (1 + r) + 0.5 * x * dr)
import numpy as np

rng = np.random.default_rng(14)


class Swell:
    """Half of x, and half of x times x over its length with one."""

    def forward(self, x):
        self.x = x
        self.r = x / np.sqrt(1 + x ** 2)
        return 0.5 * x * (1 + self.r)

    def backward(self, dout):
        x, r = self.x, self.r
        dr = (1 + x ** 2) ** -1.5
        # the product rule
        return dout * (0.5 * (1 + r) + x * dr)


class Affine:
    def __init__(self, n, m):
        self.W, self.b = rng.normal(size=(n, m)) * 0.5, np.zeros(m)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


X, Y = rng.normal(size=(18, 3)), rng.normal(size=(18, 2))
layers = [Affine(3, 5), Swell(), Affine(5, 2)]
for epoch in range(40):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = 0.5 * np.sum((out - Y) ** 2)
    grad = out - Y
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers[::2]:
        layer.W -= 0.01 * layer.dW
        layer.b -= 0.01 * layer.db
