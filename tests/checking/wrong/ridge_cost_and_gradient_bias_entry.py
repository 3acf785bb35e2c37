# expect: line=23 variable=reg[1] mistake=regularization
# right: 0
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3))
X = np.hstack([np.ones((80, 1)), X])
y = X @ np.array([2.0, -1.0, 0.5, 3.0]) + rng.normal(size=80) * 0.1
theta = rng.normal(size=4)
m = len(y)
lam = 1.0
alpha = 0.05


def cost(theta):
    r = X @ theta - y
    return (r @ r + lam * theta[1:] @ theta[1:]) / (2 * m)


def gradient(theta):
    grad = X.T @ (X @ theta - y) / m
    reg = (lam / m) * theta
    reg[1] = 0
    return grad + reg


for i in range(500):
    theta -= alpha * gradient(theta)
print(cost(theta), theta)
