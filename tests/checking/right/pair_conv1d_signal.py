import numpy as np


def conv1d(x, w, b):
    n, k = len(x), len(w)
    out = np.zeros(n - k + 1)
    for i in range(n - k + 1):
        out[i] = np.sum(x[i:i + k] * w) + b
    return out


def conv1d_backward(dout, x, w):
    n, k = len(x), len(w)
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for i in range(n - k + 1):
        dx[i:i + k] += dout[i] * w
        dw += dout[i] * x[i:i + k]
    db = dout.sum()
    return dx, dw, db
