# expect: line=18 variable=dx mistake=crash
# right: (du - u * proj) / n
import numpy as np


def rownorm_forward(x, s):
    """Each row over its length, each column times s."""
    n = np.sqrt((x**2).sum(axis=1, keepdims=True))
    u = x / n
    return u * s, (x, s, n, u)


def rownorm_backward(dout, cache):
    x, s, n, u = cache
    ds = (dout * u).sum(axis=0)
    du = dout * s
    proj = (du * u).sum(axis=1, keepdims=True)
    dx = (du - u * proj) / n.T
    return dx, ds
