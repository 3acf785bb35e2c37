# expect: line=28 variable=backward mistake=blank
# right: dout / (1 + np.exp(-self.x))
import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) / np.sqrt(n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class Softplus:
    def forward(self, x):
        self.x = x
        return np.log1p(np.exp(x))

    def backward(self, dout):
        # YOUR CODE HERE
        raise NotImplementedError()


layers = [Dense(3, 7), Softplus(), Dense(7, 1)]
np.random.seed(0)
X = np.random.randn(25, 3)
t = np.sum(X**2, axis=1, keepdims=True)
for step in range(300):
    a = X
    for layer in layers:
        a = layer.forward(a)
    loss = np.mean((a - t) ** 2)
    g = 2 * (a - t) / len(X)
    for layer in reversed(layers):
        g = layer.backward(g)
    for layer in layers:
        if hasattr(layer, "W"):
            layer.W -= 0.05 * layer.dW
            layer.b -= 0.05 * layer.db
