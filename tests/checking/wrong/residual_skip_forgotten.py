# expect: line=19 variable=dx mistake=dropped-upstream|overwritten-accumulator
# right: dout + da @ W1.T
import numpy as np


def block_forward(x, W1, W2):
    a = x @ W1
    r = np.maximum(a, 0)
    out = x + r @ W2
    return out, (x, W1, W2, a, r)


def block_backward(dout, cache):
    x, W1, W2, a, r = cache
    dW2 = r.T @ dout
    dr = dout @ W2.T
    da = dr * (a > 0)
    dW1 = x.T @ da
    dx = da @ W1.T
    return dx, dW1, dW2
