# expect: line=22 variable=dW mistake=overwritten-accumulator
# right: dW += X.T @ d_pre
import numpy as np

rng = np.random.default_rng(90)
X = rng.random((12, 6))
W = rng.normal(size=(6, 3)) * 0.5
b = np.zeros(3)
c = np.zeros(6)
lr = 0.05

for epoch in range(80):
    code = 1 / (1 + np.exp(-(X @ W + b)))
    decoded = code @ W.T + c
    loss = 0.5 * np.mean(np.sum((decoded - X) ** 2, axis=1))

    d_decoded = (decoded - X) / len(X)
    dc = d_decoded.sum(axis=0)
    dW = d_decoded.T @ code
    d_code = d_decoded @ W
    d_pre = d_code * code * (1 - code)
    dW = X.T @ d_pre
    db = d_pre.sum(axis=0)

    W -= lr * dW
    b -= lr * db
    c -= lr * dc
