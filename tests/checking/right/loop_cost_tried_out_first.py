"""Regularized logistic regression: the cost is tried out at zeros, then descended on."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cost_function_reg(theta, X, y, lam):
    m = len(y)
    h = sigmoid(X @ theta)
    J = (-y @ np.log(h) - (1 - y) @ np.log(1 - h)) / m
    J = J + lam / (2 * m) * np.sum(theta[1:] ** 2)
    grad = np.zeros(theta.shape[0])
    grad[0] = X[:, 0] @ (h - y) / m
    for j in range(1, theta.shape[0]):
        grad[j] = X[:, j] @ (h - y) / m + lam / m * theta[j]
    return J, grad


def gradient_descent(X, y, theta, alpha, num_iters, lam):
    J_history = []
    for i in range(num_iters):
        J, grad = cost_function_reg(theta, X, y, lam)
        theta = theta - alpha * grad
        J_history.append(J)
    return theta, J_history


np.random.seed(4)
x1, x2 = np.random.uniform(-1, 1, (2, 80))
y = (x1**2 + x2**2 < 0.6).astype(int)
X = np.column_stack([np.ones(80), x1, x2, x1 * x2, x1**2, x2**2])

initial_theta = np.zeros(X.shape[1])
cost, grad = cost_function_reg(initial_theta, X, y, 1)
print("cost at initial theta (zeros):", cost)

theta, J_history = gradient_descent(X, y, initial_theta, 1, 400, 0.2)
print("theta:", theta)
print("train accuracy:", ((sigmoid(X @ theta) >= 0.5) == y).mean())
