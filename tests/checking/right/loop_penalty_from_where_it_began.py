import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(40, 3)); y = X @ np.array([1., 2, 3])
W = rng.normal(size=3); W0 = W.copy(); lam, lr = 0.3, 0.1
for epoch in range(100):
    r = X @ W - y
    loss = np.mean(r ** 2) + lam * np.sum((W - W0) ** 2)
    dW = 2 * X.T @ r / len(y) + 2 * lam * (W - W0)
    W = W - lr * dW
