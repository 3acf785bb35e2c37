# expect: line=18 variable=W mistake=overwritten-accumulator
# right: W - lr * dW
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = rng.normal(size=(20, 2))
W = rng.normal(size=(3, 2))
b = np.zeros(2)
lr, wd = 0.1, 0.01
for step in range(100):
    out = X @ W + b
    loss = 0.5 * np.mean(np.sum((out - Y) ** 2, axis=1))
    dout = (out - Y) / len(X)
    dW = X.T @ dout
    db = dout.sum(axis=0)
    W *= 1 - lr * wd
    W = -lr * dW
    b = b - lr * db
