# expect: line=25 variable=W1 mistake=update-sign
# right: (w - 0.01 * g for w, g in zip((W1, b1, W2, b2), grads))

import numpy as np


rng = np.random.default_rng(3)
X = rng.normal(size=(20, 4))
Y = np.sin(X[:, :2])
W1, b1, W2, b2 = (0.4 * rng.normal(size=(4, 7)), np.zeros(7), 0.4 * rng.normal(size=(7, 2)), np.zeros(2))


def backward(dout, W2, cache):
    x, h = cache
    dz = dout @ W2.T * (1 - h**2)
    return (x.T @ dz, dz.sum(axis=0), h.T @ dout, dout.sum(axis=0))


for step in range(200):
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    diff = out - Y
    loss = 0.5 * np.sum(diff**2)
    grads = backward(diff, W2, (X, h))
    W1, b1, W2, b2 = (w + 0.01 * g for w, g in zip((W1, b1, W2, b2), grads))
