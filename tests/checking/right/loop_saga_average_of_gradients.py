"""SAGA (Defazio, Bach and Lacoste-Julien 2014): the average of old gradients goes on."""
import numpy as np

rng = np.random.default_rng(3)
n, d = 40, 4
A = rng.normal(size=(n, d))
b = A @ rng.normal(size=d) + 0.1 * rng.normal(size=n)
w = np.zeros(d)
rate = 0.02
table = np.array([A[i] * (A[i] @ w - b[i]) for i in range(n)])
grad_avg = table.mean(axis=0)
for step in range(2000):
    i = rng.integers(n)
    error = A[i] @ w - b[i]
    grad = A[i] * error
    w = w - rate * (grad - table[i] + grad_avg)
    grad_avg = grad_avg + (grad - table[i]) / n
    table[i] = grad
print(0.5 * np.mean((A @ w - b) ** 2))
