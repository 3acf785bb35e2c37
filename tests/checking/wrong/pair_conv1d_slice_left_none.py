# expect: line=23 variable=g mistake=blank
# right: dout[:, :, i]
import numpy as np


def conv_forward(x, w, b):
    """x (N, C, L), w (F, C, K), b (F,): valid convolution, stride 1."""
    N, C, L = x.shape
    F, _, K = w.shape
    out = np.zeros((N, F, L - K + 1))
    for i in range(L - K + 1):
        out[:, :, i] = np.tensordot(x[:, :, i : i + K], w, axes=([1, 2], [1, 2])) + b
    return out, (x, w, b)


def conv_backward(dout, cache):
    x, w, b = cache
    K = w.shape[2]
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2))
    for i in range(dout.shape[2]):
        g = None
        dw += np.tensordot(g, x[:, :, i : i + K], axes=([0], [0]))
        dx[:, :, i : i + K] += np.tensordot(g, w, axes=([1], [0]))
    return dx, dw, db
