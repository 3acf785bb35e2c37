# expect: line=15 variable=db mistake=wrong-axis
# right: dout.sum(axis=0)
import numpy as np

def bilinear_forward(x1, x2, W, b):
    # out[n, k] = sum_ij x1[n, i] W[k, i, j] x2[n, j] + b[k]
    out = np.einsum('ni,kij,nj->nk', x1, W, x2) + b
    return out, (x1, x2, W)

def bilinear_backward(dout, cache):
    x1, x2, W = cache
    dx1 = np.einsum('nk,kij,nj->ni', dout, W, x2)
    dx2 = np.einsum('nk,kij,ni->nj', dout, W, x1)
    dW = np.einsum('nk,ni,nj->kij', dout, x1, x2)
    db = dout.sum()
    return dx1, dx2, dW, db
