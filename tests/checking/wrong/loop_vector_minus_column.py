# expect: line=13 variable=err mistake=shape
# right: pred - y[:, 0]
import numpy as np

rng = np.random.RandomState(0)
X = rng.randn(30, 3)
y = (X @ np.array([1.5, -2.0, 1.0]) + 0.5).reshape(-1, 1)
w = rng.randn(3)
b = 0.0
for i in range(200):
    pred = X @ w + b
    loss = 0.5 * np.mean((pred - y[:, 0]) ** 2)
    err = pred - y
    dw = np.zeros(3)
    for j in range(3):
        dw[j] = np.mean(err * X[:, j])
    db = np.mean(err)
    w -= 0.1 * dw
    b -= 0.1 * db
