# expect: line=14 variable=w mistake=update-sign
# right: w -= 0.05 * dw
import numpy as np
rng = np.random.default_rng(3)
n, d = 40, 4
A = rng.normal(size=(n, d)); b = A @ rng.normal(size=d)
w = np.zeros(d); table = np.zeros((n, d)); dw = np.zeros(d)
for step in range(2000):
    i = rng.integers(n)
    error = A[i] @ w - b[i]
    grad = error * A[i]
    dw += (grad - table[i]) / n
    table[i] = grad
    w += 0.05 * dw
