# expect: line=30 variable=return mistake=dropped-upstream
# right: return dW, dc * keep
"""A leaky memory: its cell hands back the gate where the gradient through it belongs."""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Memory:
    def __init__(self):
        rng = np.random.default_rng(0)
        self.W = rng.normal(size=(3, 4)) * 0.5
        self.rate = 0.05

    def forward(self, x, c_prev):
        z = x @ self.W
        keep = sigmoid(z[:, :2])
        new = np.tanh(z[:, 2:])
        c = keep * c_prev + new
        return c, (x, keep, new, c_prev)

    def backward(self, dc, cache):
        x, keep, new, c_prev = cache
        dkeep = dc * c_prev
        dnew = dc
        dz = np.hstack([dkeep * keep * (1 - keep), dnew * (1 - new**2)])
        dW = x.T @ dz
        return dW, keep

    def train(self, X, y):
        c = np.zeros((len(y), 2))
        caches = []
        for x in X:
            c, cache = self.forward(x, c)
            caches.append(cache)
        loss = 0.5 * np.sum((c - y) ** 2)
        dc = c - y
        dW = np.zeros_like(self.W)
        for cache in reversed(caches):
            part, dc = self.backward(dc, cache)
            dW += part
        self.W -= self.rate * dW
        return loss


rng = np.random.default_rng(1)
X = rng.normal(size=(4, 5, 3))
y = rng.normal(size=(5, 2))
memory = Memory()
for _ in range(10):
    print(memory.train(X, y))
