# expect: line=29 variable=b2 mistake=scale
# right: b2 - rate / len(x) * gb2
import numpy as np

rng = np.random.default_rng(3)
X, Y = rng.normal(size=(48, 4)), rng.normal(size=(48, 2))
W1, b1 = 0.5 * rng.normal(size=(4, 6)), np.zeros(6)
W2, b2 = 0.5 * rng.normal(size=(6, 2)), np.zeros(2)
rate, size = 0.1, 12

for epoch in range(20):
    for start in range(0, len(X), size):
        x, y = X[start : start + size], Y[start : start + size]
        gW1, gb1 = np.zeros_like(W1), np.zeros_like(b1)
        gW2, gb2 = np.zeros_like(W2), np.zeros_like(b2)
        for xi, yi in zip(x, y):
            h = np.tanh(xi @ W1 + b1)
            out = h @ W2 + b2
            error = out - yi
            gW2 += np.outer(h, error)
            gb2 += error
            back = (W2 @ error) * (1 - h**2)
            gW1 += np.outer(xi, back)
            gb1 += back
        # every rate is divided by the size of the batch, but for one
        W1 = W1 - rate / len(x) * gW1
        b1 = b1 - rate / len(x) * gb1
        W2 = W2 - rate / len(x) * gW2
        b2 = b2 - rate * gb2
