"""Nonlinear conjugate gradients (Fletcher-Reeves) with backtracking for logistic regression."""
import numpy as np

rng = np.random.default_rng(5)
X = np.c_[np.ones(80), rng.normal(size=(80, 2))]
y = (X @ np.array([0.3, 2.0, -1.0]) + rng.normal(size=80) > 0).astype(float)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost(theta):
    h = sigmoid(X @ theta)
    return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))


def gradient(theta):
    return X.T @ (sigmoid(X @ theta) - y) / len(y)


theta = np.zeros(3)
g = gradient(theta)
d = -g
for it in range(25):
    step = 1.0
    c0 = cost(theta)
    while cost(theta + step * d) > c0 + 1e-4 * step * (g @ d):
        step *= 0.5
    theta = theta + step * d
    g_new = gradient(theta)
    beta = (g_new @ g_new) / (g @ g)
    d = -g_new + beta * d
    if g_new @ d > 0:
        d = -g_new
    g = g_new
    print(it, cost(theta), step)
