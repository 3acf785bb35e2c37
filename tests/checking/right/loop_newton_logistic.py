"""Logistic regression by Newton's method (IRLS)."""
import numpy as np

rng = np.random.default_rng(3)
X = np.hstack([np.ones((120, 1)), rng.normal(size=(120, 2))])
y = (rng.random(120) < 1 / (1 + np.exp(-(X @ [0.3, 1.0, -0.7])))).astype(float)

theta = np.zeros(3)
for i in range(6):
    h = 1 / (1 + np.exp(-X @ theta))
    J = -np.sum(y * np.log(h) + (1 - y) * np.log(1 - h))
    grad = X.T @ (h - y)
    hess = (X * (h * (1 - h))[:, None]).T @ X
    theta -= np.linalg.inv(hess) @ grad
    print(i, J, theta)
