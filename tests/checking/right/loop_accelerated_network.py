import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(32, 4)); Y = np.sin(X.sum(1, keepdims=True))
W1 = rng.normal(size=(4, 8)) * .5; W2 = rng.normal(size=(8, 1)) * .5
W1_old, W2_old = W1.copy(), W2.copy()
lr = 0.05
for t in range(1, 200):
    m = (t - 1) / (t + 2)
    V1 = W1 + m * (W1 - W1_old)
    V2 = W2 + m * (W2 - W2_old)
    h = np.maximum(0, X @ V1)
    out = h @ V2
    loss = 0.5 * np.mean((out - Y) ** 2)
    d = (out - Y) / len(X)
    dV2 = h.T @ d
    dV1 = X.T @ ((d @ V2.T) * (h > 0))
    W1_old, W2_old = W1, W2
    W1 = V1 - lr * dV1
    W2 = V2 - lr * dV2
print(loss)
