# expect: line=18 variable=dw mistake=overwritten-accumulator
# right: dw += 2 * lam * w
import numpy as np

rng = np.random.default_rng(6)
X = rng.normal(size=(25, 4))
y = X @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.1 * rng.normal(size=25)
lam = 0.05


def ridge(w, X, y):
    loss, dw = 0.0, np.zeros(w.shape)
    for i in range(len(y)):
        e = X[i] @ w - y[i]
        loss += e**2 / len(y)
        dw += 2 * e * X[i] / len(y)
    loss += lam * np.sum(w * w)
    dw = 2 * lam * w
    return loss, dw


w = rng.normal(size=4)
for step in range(100):
    loss, grad = ridge(w, X, y)
    w -= 0.1 * grad
