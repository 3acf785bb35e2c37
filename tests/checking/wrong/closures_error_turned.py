# expect: line=25 variable=return mistake=sign
# right: return p - y
import numpy as np


def linear(x, W, b):
    def back(dy):
        return W.T @ dy, np.outer(dy, x), dy

    return W @ x + b, back


def softsign(x):
    def back(dy):
        return dy / (1 + np.abs(x)) ** 2

    return x / (1 + np.abs(x)), back


def logloss(z, y):
    """Multi-label: each output is a yes or no."""
    p = 1 / (1 + np.exp(-z))

    def back():
        return y - p

    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)), back


rng = np.random.default_rng(77)
W1, b1 = rng.normal(size=(6, 4)), rng.normal(size=6)
W2, b2 = rng.normal(size=(3, 6)), rng.normal(size=3)
inputs = rng.normal(size=(8, 4))
tags = rng.integers(0, 2, size=(8, 3))

for epoch in range(20):
    for x, y in zip(inputs, tags):
        a, back_a = linear(x, W1, b1)
        h, back_h = softsign(a)
        z, back_z = linear(h, W2, b2)
        loss, back_loss = logloss(z, y)

        dz = back_loss()
        dh, dW2, db2 = back_z(dz)
        da = back_h(dh)
        _, dW1, db1 = back_a(da)

        W1 -= 0.1 * dW1
        b1 -= 0.1 * db1
        W2 -= 0.1 * dW2
        b2 -= 0.1 * db2
