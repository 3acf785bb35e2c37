import numpy as np


def soft_threshold(v, t):
    return np.sign(v) * np.maximum(np.abs(v) - t, 0.0)


rng = np.random.default_rng(8)
A = rng.normal(size=(40, 15))
x_true = np.zeros(15)
x_true[[2, 7, 11]] = [1.5, -2.0, 0.7]
b = A @ x_true + 0.01 * rng.normal(size=40)

lam = 0.5
L = np.linalg.norm(A, 2) ** 2
x = np.zeros(15)
for k in range(100):
    residual = A @ x - b
    grad = A.T @ residual
    x = soft_threshold(x - grad / L, lam / L)
    objective = 0.5 * np.sum(residual ** 2) + lam * np.abs(x).sum()
    if k % 20 == 0:
        print(k, objective)
print(np.round(x, 2))
