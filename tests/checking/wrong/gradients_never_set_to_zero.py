# expect: line=18 variable=self.dW mistake=overwritten-accumulator
# right: mend
import numpy as np


class Linear:
    def __init__(self, n, m, rng):
        self.W = rng.normal(size=(n, m)) * 0.3
        self.b = np.zeros(m)
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW += self.x.T @ dout
        self.db += dout.sum(axis=0)
        return dout @ self.W.T

    def step(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db


rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = rng.normal(size=(20, 2))
l1, l2 = Linear(3, 5, rng), Linear(5, 2, rng)
for epoch in range(30):
    h = l1.forward(X)
    a = np.tanh(h)
    out = l2.forward(a)
    loss = np.mean((out - Y) ** 2)
    d = 2 * (out - Y) / Y.size
    d = l2.backward(d) * (1 - a ** 2)
    l1.backward(d)
    for l in (l1, l2):
        l.step(0.1)
