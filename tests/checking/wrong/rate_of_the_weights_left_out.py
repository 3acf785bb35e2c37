# expect: line=13 variable=w mistake=scale
# right: w -= 0.1 * X.T @ error / len(y)
import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(200, 4))
y = (X @ [1.0, -1.0, 0.5, 0.0] > 0.5).astype(float)
w = np.zeros(4)
b = 0.0
for it in range(300):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    error = p - y
    w -= X.T @ error / len(y)
    b -= 0.1 * error.mean()
