# expect: line=14 variable=dX mistake=transpose
# right: dout @ W.T
import numpy as np


def fc_forward(X, W, b):
    return X @ W + b, (X, W)


def fc_backward(dout, cache):
    X, W = cache
    dW = X.T @ dout
    db = dout.sum(0)
    dX = dout @ W
    return dX, dW, db


def softmax_loss(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    N = len(y)
    loss = -np.log(probs[np.arange(N), y]).mean()
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    return loss, dscores / N


rng = np.random.default_rng(17)
X = rng.normal(size=(7, 4))
y = rng.integers(0, 4, size=7)
W1, b1 = rng.normal(size=(4, 4)), rng.normal(size=4)
W2, b2 = rng.normal(size=(4, 4)), rng.normal(size=4)

for it in range(20):
    a1, c1 = fc_forward(X, W1, b1)
    h = np.maximum(a1, 0)
    scores, c2 = fc_forward(h, W2, b2)
    loss, dscores = softmax_loss(scores, y)
    dh, dW2, db2 = fc_backward(dscores, c2)
    da1 = dh * (a1 > 0)
    _, dW1, db1 = fc_backward(da1, c1)
    W1 -= 0.1 * dW1
    b1 -= 0.1 * db1
    W2 -= 0.1 * dW2
    b2 -= 0.1 * db2
