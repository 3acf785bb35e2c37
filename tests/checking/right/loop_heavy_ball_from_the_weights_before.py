import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(40, 3)); y = (X[:, 0] > 0) * 1.0
W = rng.normal(size=3); W_old = W.copy(); mu, lr = 0.9, 0.1
for epoch in range(100):
    p = 1 / (1 + np.exp(-X @ W))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    dW = X.T @ (p - y) / len(y)
    W_new = W - lr * dW + mu * (W - W_old)
    W_old, W = W, W_new
