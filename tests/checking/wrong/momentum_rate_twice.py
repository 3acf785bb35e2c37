# expect: line=23 variable=dW1 mistake=scale
# right: X.T @ (dh * (1 - h * h))
import numpy as np
from tqdm import tqdm

rng = np.random.RandomState(27)
X = rng.rand(20, 4)
y = (X.sum(axis=1) > 2).astype(float).reshape(-1, 1)
W1 = rng.randn(4, 5) * 0.5
W2 = rng.randn(5, 1) * 0.5
vW1 = np.zeros_like(W1)
vW2 = np.zeros_like(W2)
lr, mu = 0.1, 0.9

for epoch in tqdm(range(100)):
    h = np.tanh(X @ W1)
    p = 1 / (1 + np.exp(-(h @ W2)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    dz2 = (p - y) / len(y)
    dW2 = h.T @ dz2
    dh = dz2 @ W2.T
    dW1 = lr * (X.T @ (dh * (1 - h * h)))

    vW1 = mu * vW1 - lr * dW1
    vW2 = mu * vW2 - lr * dW2
    W1 += vW1
    W2 += vW2
