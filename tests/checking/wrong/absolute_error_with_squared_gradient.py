# expect: line=17 variable=dy mistake=loss-mismatch
# right: np.sign(y - t) / len(X)
import numpy as np

rng = np.random.default_rng(40)
X = rng.normal(size=(18, 3))
t = X @ np.array([[1.0], [-1.0], [2.0]]) + 0.3
W1 = rng.normal(size=(3, 5))
W2 = rng.normal(size=(5, 1))
lr = 0.01

for epoch in range(80):
    h = np.tanh(X @ W1)
    y = h @ W2
    loss = np.mean(np.abs(y - t))

    dy = (y - t) / len(X)
    dW2 = h.T @ dy
    dh = dy @ W2.T
    dW1 = X.T @ (dh * (1 - h ** 2))

    W1 -= lr * dW1
    W2 -= lr * dW2
