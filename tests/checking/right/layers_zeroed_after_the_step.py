"""Gradients are added to over micro-batches and set to zero once they were used."""
import numpy as np


class Dense:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.normal(0, np.sqrt(1 / n_in), (n_in, n_out))
        self.b = np.zeros(n_out)
        self.zero_grad()

    def zero_grad(self):
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW += self.x.T @ dout
        self.db += dout.sum(axis=0)
        return dout @ self.W.T


rng = np.random.default_rng(0)
X, Y = rng.normal(size=(24, 3)), rng.normal(size=(24, 2))
layers = [Dense(3, 8, rng), Dense(8, 2, rng)]
for epoch in range(60):
    total = 0.0
    for part in np.array_split(np.arange(24), 3):
        hidden = np.tanh(layers[0].forward(X[part]))
        diff = layers[1].forward(hidden) - Y[part]
        total += 0.5 * np.sum(diff ** 2) / 24
        dhidden = layers[1].backward(diff / 24)
        layers[0].backward(dhidden * (1 - hidden ** 2))
    for layer in layers:
        layer.W -= 0.3 * layer.dW
        layer.b -= 0.3 * layer.db
        layer.zero_grad()
    if epoch % 20 == 0:
        print(epoch, total)
