import numpy as np

rng = np.random.default_rng(77)
X = rng.normal(size=(30, 6))
y = (X[:, 0] * X[:, 1] > 0).astype(float)[:, None]

W1 = rng.normal(0, 0.5, (6, 7))
b1 = np.zeros((1, 7))
W2 = rng.normal(0, 0.5, (7, 1))
b2 = np.zeros((1, 1))
lr0 = 0.5
decay = 0.01
weight_decay = 1e-3

for epoch in range(200):
    lr = lr0 / (1 + decay * epoch)
    h = 1 / (1 + np.exp(-(X @ W1 + b1)))
    p = 1 / (1 + np.exp(-(h @ W2 + b2)))
    bce = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    loss = bce + 0.5 * weight_decay * (np.sum(W1 ** 2) + np.sum(W2 ** 2))

    dz2 = (p - y) / len(X)
    dW2 = h.T @ dz2 + weight_decay * W2
    db2 = dz2.sum(axis=0, keepdims=True)
    dz1 = dz2 @ W2.T * h * (1 - h)
    dW1 = X.T @ dz1 + weight_decay * W1
    db1 = dz1.sum(axis=0, keepdims=True)

    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2

    if epoch % 50 == 0:
        acc = ((p > 0.5) == y).mean()
        print(f"{epoch:4d} loss {loss:.4f} acc {acc:.2f} lr {lr:.3f}")
