# expect: line=28 variable=return mistake=dropped-upstream
# right: dout * self.slope(self.z)
import numpy as np


class Affine:
    def __init__(self, n, m):
        self.W, self.b = rng.normal(size=(n, m)) * 0.5, np.zeros(m)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class Bend:
    def __init__(self):
        self.bend, self.slope = squashing()

    def forward(self, z):
        self.z = z
        return self.bend(z)

    def backward(self, dout):
        return self.slope(self.z)


def squashing():
    def squash(z):
        return 1 / (1 + np.exp(-z))

    def slope(z):
        s = squash(z)
        return s * (1 - s)

    return squash, slope


rng = np.random.default_rng(12)
X = rng.normal(size=(16, 3))
Y = np.cos(X[:, :2])
layers = [Affine(3, 5), Bend(), Affine(5, 2)]
for epoch in range(40):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = 0.5 * np.sum((out - Y) ** 2)
    grad = out - Y
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers[::2]:
        layer.W -= 0.02 * layer.dW
        layer.b -= 0.02 * layer.db
