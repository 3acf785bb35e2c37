# expect: line=22 variable=w mistake=update-sign
# right: w - 0.05 * grad_loss(w)
"""The gradient is a function that reads the data from outside; the step goes up."""
import numpy as np

rng = np.random.default_rng(7)
X = rng.normal(size=(30, 3))
y = X @ np.array([1.0, -2.0, 0.5]) + 0.1 * rng.normal(size=30)


def loss(w):
    return np.mean((X @ w - y) ** 2)


def grad_loss(w):
    residual = X @ w - y
    return 2 * X.T @ residual / len(y)


w = np.zeros(3)
for step in range(50):
    w = w + 0.05 * grad_loss(w)
    if step % 10 == 0:
        print(step, loss(w))
