# expect: line=29 variable=dx mistake=overwritten-accumulator
# right: dx[:, i:i + k, j:j + k] += g * w[f]
import numpy as np


def conv_forward(x, w, b):
    N, H, W = x.shape
    F, k, _ = w.shape
    out = np.zeros((N, F, H - k + 1, W - k + 1))
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            patch = x[:, i:i + k, j:j + k]
            for f in range(F):
                out[:, f, i, j] = np.sum(patch * w[f], axis=(1, 2)) + b[f]
    return out, (x, w, b)


def conv_backward(dout, cache):
    x, w, b = cache
    F, k, _ = w.shape
    _, _, Ho, Wo = dout.shape
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for i in range(Ho):
        for j in range(Wo):
            for f in range(F):
                g = dout[:, f, i, j][:, None, None]
                dw[f] += np.sum(g * x[:, i:i + k, j:j + k], axis=0)
                dx[:, i:i + k, j:j + k] = g * w[f]
    return dx, dw, db
