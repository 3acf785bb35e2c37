import numpy as np


def conv_forward(A_prev, W, b, stride=1):
    m, nH, nW, nC = A_prev.shape
    f, _, _, F = W.shape
    H = (nH - f) // stride + 1
    V = (nW - f) // stride + 1
    Z = np.zeros((m, H, V, F))
    for i in range(m):
        for h in range(H):
            for w in range(V):
                a = A_prev[i, h * stride : h * stride + f, w * stride : w * stride + f]
                for c in range(F):
                    Z[i, h, w, c] = np.sum(a * W[:, :, :, c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, stride)


def conv_backward(dZ, cache):
    A_prev, W, b, stride = cache
    m, H, V, F = dZ.shape
    f = W.shape[0]
    dA_prev = np.zeros_like(A_prev)
    dW = np.zeros_like(W)
    db = np.zeros_like(b)
    for i in range(m):
        for h in range(H):
            for w in range(V):
                rows = slice(h * stride, h * stride + f)
                cols = slice(w * stride, w * stride + f)
                for c in range(F):
                    dA_prev[i, rows, cols] += W[:, :, :, c] * dZ[i, h, w, c]
                    dW[:, :, :, c] += A_prev[i, rows, cols] * dZ[i, h, w, c]
                    db[:, :, :, c] += dZ[i, h, w, c]
    return dA_prev, dW, db
