# expect: line=22 variable=b mistake=scale
# right: 0.2 * db
import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(30, 3))
t = (X[:, 0] > 0).astype(float)


def forward(w, b):
    return 1 / (1 + np.exp(-(X @ w + b)))


w, b = np.zeros(3), 0.0
for step in range(100):
    p = forward(w, b)
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    dz = (p - t) / len(t)
    dw = X.T @ dz
    db = dz.sum()
    w -= 0.2 * dw
    b -= db
