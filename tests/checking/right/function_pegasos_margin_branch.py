import numpy as np


def pegasos(X, y, lam=0.1, T=500, seed=0):
    rng = np.random.default_rng(seed)
    w = np.zeros(X.shape[1])
    for t in range(1, T + 1):
        i = rng.integers(len(y))
        eta = 1.0 / (lam * t)
        margin = y[i] * np.dot(w, X[i])
        if margin < 1:
            w = (1 - eta * lam) * w + eta * y[i] * X[i]
        else:
            w = (1 - eta * lam) * w
    return w


rng = np.random.default_rng(1)
X = rng.normal(size=(80, 3))
y = np.where(X @ [1.0, -1.0, 0.5] > 0, 1, -1)
w = pegasos(X, y)
print(w, np.mean(np.sign(X @ w) == y))
