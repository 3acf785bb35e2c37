# expect: line=17 variable=jac mistake=softmax-jacobian
# right: np.diag(y) - np.outer(y, y)
import numpy as np

rng = np.random.default_rng(2)
W, b = rng.normal(0, 0.5, (6, 4)), np.zeros(6)
V, c = rng.normal(0, 0.5, (3, 6)), np.zeros(3)
data = rng.normal(size=(15, 4))
labels = np.eye(3)[rng.integers(0, 3, 15)]
for ep in range(10):
    for x, t in zip(data, labels):
        h = np.maximum(0, W @ x + b)
        z = V @ h + c
        y = np.exp(z) / np.sum(np.exp(z))
        loss = np.sum((y - t) ** 2)
        dy = 2 * (y - t)
        jac = np.diag(y * (1 - y))
        dz = jac @ dy
        dh = V.T @ dz
        dh[h <= 0] = 0
        V -= 0.1 * np.outer(dz, h)
        c -= 0.1 * dz
        W -= 0.1 * np.outer(dh, x)
        b -= 0.1 * dh
        m = loss
