# expect: line=16 variable=dw mistake=shape|transpose
# right: x.reshape(x.shape[0], -1).T.dot(dout)
import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    out = x.reshape(N, -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


if __name__ == "__main__":
    x = np.random.randn(4, 2, 3)
    w = np.random.randn(6, 5)
    b = np.random.randn(5)
    out, cache = affine_forward(x, w, b)
    dx, dw, db = affine_backward(np.random.randn(*out.shape), cache)
    print(dx.shape, dw.shape, db.shape)
