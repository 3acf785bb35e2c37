# expect: line=26 variable=dx mistake=dropped-upstream
# right: mask * dout[n, c, i, j]
import numpy as np


def max_pool_forward(x, size=2):
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // size, W // size))
    for i in range(H // size):
        for j in range(W // size):
            win = x[:, :, i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[:, :, i, j] = win.max(axis=(2, 3))
    return out, (x, size)


def max_pool_backward(dout, cache):
    x, size = cache
    dx = np.zeros_like(x)
    N, C, H, W = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    win = x[n, c, i * size : (i + 1) * size, j * size : (j + 1) * size]
                    mask = win == np.max(win)
                    dx[n, c, i * size : (i + 1) * size, j * size : (j + 1) * size] += mask * win.max()
    return dx
