# expect: line=23 variable=return mistake=scale
# right: self.W.T @ dZ
import numpy as np

rng = np.random.default_rng(1)


class Linear:
    """Columns are examples; gradients of weights are divided by m here."""

    def __init__(self, n_in, n_out):
        self.W = rng.normal(0, 0.4, (n_out, n_in))
        self.b = np.zeros((n_out, 1))

    def forward(self, A_prev):
        self.A_prev = A_prev
        return self.W @ A_prev + self.b

    def backward(self, dZ):
        m = self.A_prev.shape[1]
        self.dW = dZ @ self.A_prev.T / m
        self.db = np.sum(dZ, axis=1, keepdims=True) / m
        return self.W.T @ dZ / m


class ReLU:
    def forward(self, Z):
        self.Z = Z
        return np.maximum(0, Z)

    def backward(self, dA):
        dZ = dA.copy()
        dZ[self.Z <= 0] = 0
        return dZ


class Sigmoid:
    def forward(self, Z):
        self.A = 1 / (1 + np.exp(-Z))
        return self.A

    def backward(self, dA):
        return dA * self.A * (1 - self.A)


layers = [Linear(4, 6), ReLU(), Linear(6, 1), Sigmoid()]
X = rng.normal(size=(4, 11))
Y = (rng.random((1, 11)) > 0.4).astype(float)
for i in range(4):
    A = X
    for layer in layers:
        A = layer.forward(A)
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / Y.shape[1]
    dA = -(Y / A - (1 - Y) / (1 - A))
    for layer in reversed(layers):
        dA = layer.backward(dA)
    for layer in layers:
        if hasattr(layer, "W"):
            layer.W -= 0.5 * layer.dW
            layer.b -= 0.5 * layer.db
    print(cost)
