# expect: line=24 variable=delta2 mistake=missing-derivative
# right: (delta3 @ W2.T) * slope(z2)
"""The input is layer 1, as in the old lecture notes: delta2 belongs to z2, not to a2."""
import numpy as np


def f(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    return f(z) * (1 - f(z))


def gradients(a1, y, W1, W2):
    z2 = a1 @ W1
    a2 = f(z2)
    z3 = a2 @ W2
    a3 = f(z3)
    cost = 0.5 * np.sum((y - a3) ** 2)

    delta3 = -(y - a3) * slope(z3)
    dW2 = a2.T @ delta3
    delta2 = delta3 @ W2.T
    dW1 = a1.T @ delta2
    return cost, dW1, dW2


rng = np.random.default_rng(6)
a1 = rng.random((8, 2))
y = (a1.sum(axis=1, keepdims=True) > 1).astype(float)
W1 = rng.normal(size=(2, 4))
W2 = rng.normal(size=(4, 1))
for _ in range(100):
    cost, dW1, dW2 = gradients(a1, y, W1, W2)
    W1 -= 0.5 * dW1
    W2 -= 0.5 * dW2
