# expect: line=18 variable=dW2 mistake=overwritten-accumulator
# right: mend
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = rng.normal(size=(20, 2))
W1, W2 = rng.normal(size=(3, 5)) * 0.4, rng.normal(size=(5, 2)) * 0.4
dW1, dW2 = np.zeros_like(W1), np.zeros_like(W2)
lr = 0.05
for epoch in range(30):
    dW1 = np.zeros_like(W1)
    for x, y in zip(X, Y):
        h = np.tanh(x @ W1)
        out = h @ W2
        loss = 0.5 * np.sum((out - y) ** 2)
        dout = out - y
        dW2 += np.outer(h, dout)
        dW1 += np.outer(x, (W2 @ dout) * (1 - h**2))
    W1 -= lr * dW1 / len(X)
    W2 -= lr * dW2 / len(X)
