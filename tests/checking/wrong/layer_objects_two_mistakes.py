# expect: line=29 variable=backward mistake=missing-derivative
# right: dout * self.mask
# expect: line=38 variable=backward mistake=missing-derivative
# right: dout * self.out * (1 - self.out)
import numpy as np


class Dense:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(scale=n_in ** -0.5, size=(n_in, n_out))
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out)


class MSE:
    def forward(self, pred, target):
        self.diff = pred - target
        return np.mean(self.diff ** 2)

    def backward(self):
        return 2 * self.diff / self.diff.size


rng = np.random.default_rng(23)
layers = [Dense(3, 6, rng), Sigmoid(), Dense(6, 5, rng), ReLU(), Dense(5, 2, rng)]
criterion = MSE()
x = rng.normal(size=(10, 3))
target = rng.normal(size=(10, 2))

for epoch in range(50):
    out = x
    for layer in layers:
        out = layer.forward(out)
    loss = criterion.forward(out, target)
    grad = criterion.backward()
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers:
        if isinstance(layer, Dense):
            layer.W -= 0.1 * layer.dW
            layer.b -= 0.1 * layer.db
