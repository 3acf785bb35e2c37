# expect: line=24|25 variable=dx mistake=updated-weight
# right: pass

import numpy as np


class Linear:
    def __init__(self, i, o, rng):
        self.W = rng.normal(size=(i, o)) * 0.4
        self.m, self.v, self.t = np.zeros((i, o)), np.zeros((i, o)), 0

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, g, lr=0.01):
        dW = self.x.T @ g
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * dW
        self.v = 0.999 * self.v + 0.001 * dW**2
        mh = self.m / (1 - 0.9**self.t)
        vh = self.v / (1 - 0.999**self.t)
        self.W = self.W - lr * mh / (np.sqrt(vh) + 1e-8)
        dx = g @ self.W.T
        return dx


rng = np.random.default_rng(12)
first, second = Linear(3, 4, rng), Linear(4, 2, rng)
X, Y = rng.normal(size=(10, 3)), rng.normal(size=(10, 2))
for epoch in range(20):
    h = first.forward(X)
    a = np.tanh(h)
    out = second.forward(a)
    loss = np.mean((out - Y) ** 2)
    g = 2 * (out - Y) / out.size
    g = second.backward(g)
    first.backward(g * (1 - a**2))
