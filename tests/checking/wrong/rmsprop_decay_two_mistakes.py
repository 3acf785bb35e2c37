# expect: line=22 variable=dW2 mistake=regularization
# right: h.T @ ds + wd * W2
# expect: line=24 variable=dz mistake=wrong-derivative
# right: dh * (1 - h**2)
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(24, 5))
labels = rng.integers(0, 3, 24)
T = np.eye(3)[labels]
W1 = rng.normal(size=(5, 7)) * 0.4
W2 = rng.normal(size=(7, 3)) * 0.4
c1, c2 = np.zeros_like(W1), np.zeros_like(W2)
lr, decay, wd = 0.01, 0.9, 0.02
for it in range(200):
    h = np.tanh(X @ W1)
    s = h @ W2
    p = np.exp(s - s.max(1, keepdims=True))
    p = p / p.sum(1, keepdims=True)
    loss = -np.sum(T * np.log(p)) / len(X) + 0.5 * wd * (np.sum(W1**2) + np.sum(W2**2))
    ds = (p - T) / len(X)
    dW2 = h.T @ ds - wd * W2
    dh = ds @ W2.T
    dz = dh * (1 - h)
    dW1 = X.T @ dz + wd * W1
    c1 = decay * c1 + (1 - decay) * dW1**2
    c2 = decay * c2 + (1 - decay) * dW2**2
    W1 -= lr * dW1 / (np.sqrt(c1) + 1e-8)
    W2 -= lr * dW2 / (np.sqrt(c2) + 1e-8)
