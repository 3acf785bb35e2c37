import numpy as np

rng = np.random.default_rng(13)
X = rng.normal(size=(64, 8)).astype(np.float32)
y = (X[:, 0] > X[:, 1]).astype(np.float32).reshape(-1, 1)

W1 = (rng.normal(size=(8, 16)) * 0.3).astype(np.float32)
b1 = np.zeros((1, 16), dtype=np.float32)
W2 = (rng.normal(size=(16, 1)) * 0.3).astype(np.float32)
b2 = np.zeros((1, 1), dtype=np.float32)
lr = np.float32(0.1)

for epoch in range(200):
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ W2 + b2
    a2 = 1 / (1 + np.exp(-z2))
    loss = -np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2))

    dz2 = (a2 - y) / y.shape[0]
    dW2 = a1.T @ dz2
    db2 = dz2.sum(axis=0, keepdims=True)
    da1 = dz2 @ W2.T
    dz1 = da1 * (z1 > 0)
    dW1 = X.T @ dz1
    db1 = dz1.sum(axis=0, keepdims=True)

    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2
    if epoch % 50 == 0:
        print(epoch, loss, ((a2 > 0.5) == y).mean())
