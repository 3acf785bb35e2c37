"""Gradient descent on one coordinate after the other (ridge)."""
import numpy as np

np.random.seed(8)
n, d = 60, 5
A = np.random.randn(n, d)
y = A @ np.arange(1, d + 1) + 0.1 * np.random.randn(n)
beta = np.zeros(d)
lam = 0.3
for sweep in range(200):
    for j in range(d):
        residual = A @ beta - y
        loss = 0.5 * residual @ residual / n + 0.5 * lam * beta @ beta
        grad_j = A[:, j] @ residual / n + lam * beta[j]
        beta[j] -= 0.5 * grad_j
    if sweep % 50 == 0:
        print(sweep, loss)
print(beta)
