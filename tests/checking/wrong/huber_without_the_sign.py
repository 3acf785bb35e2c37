# expect: line=16 variable=dr mistake=wrong-derivative
# right: np.where(small, r, delta * np.sign(r)) / len(y)
import numpy as np

rng = np.random.default_rng(9)
X = rng.normal(size=(40, 3))
y = X @ np.array([1.0, -2.0, 0.5]) + rng.standard_t(2, 40)
w = np.zeros(3)
delta = 1.0
lr = 0.1

for i in range(300):
    r = X @ w - y
    small = np.abs(r) <= delta
    loss = np.mean(np.where(small, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta)))
    dr = np.where(small, r, delta) / len(y)
    dw = X.T @ dr
    w -= lr * dw
