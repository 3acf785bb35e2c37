# expect: line=23 variable=return mistake=wrong-operand|missing-derivative
# right: dh @ self.W1.T + dz

import numpy as np


class ResidualBlock:
    def __init__(self, d, rng):
        self.W1 = rng.normal(size=(d, d)) * 0.3
        self.W2 = rng.normal(size=(d, d)) * 0.3

    def forward(self, x):
        self.x = x
        self.h = np.maximum(0, x @ self.W1)
        self.z = self.h @ self.W2 + x
        return np.maximum(0, self.z)

    def backward(self, dout):
        dz = dout * (self.z > 0)
        self.dW2 = self.h.T @ dz
        dh = dz @ self.W2.T * (self.h > 0)
        self.dW1 = self.x.T @ dh
        return dh @ self.W1.T + dout


rng = np.random.default_rng(0)
blocks = [ResidualBlock(4, rng) for _ in range(3)]
Wout = rng.normal(size=(4, 2))
X = rng.normal(size=(12, 4))
Y = rng.normal(size=(12, 2))
lr = 0.02
for epoch in range(20):
    a = X
    for block in blocks:
        a = block.forward(a)
    out = a @ Wout
    loss = np.sum((out - Y) ** 2) / len(X)
    dout = 2 * (out - Y) / len(X)
    dWout = a.T @ dout
    da = dout @ Wout.T
    for block in blocks[::-1]:
        da = block.backward(da)
    Wout -= lr * dWout
    for block in blocks:
        block.W1 -= lr * block.dW1
        block.W2 -= lr * block.dW2
