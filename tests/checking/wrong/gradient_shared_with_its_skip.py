# expect: line=15 variable=dskip mistake=wrong-operand
# right: dx.copy()
import numpy as np


def add_norm_forward(x, skip):
    """out = tanh(x + skip) + skip"""
    h = np.tanh(x + skip)
    return h + skip, (h,)


def add_norm_backward(dout, cache):
    (h,) = cache
    dx = dout * (1 - h**2)
    dskip = dx

    dskip += dout
    return dx, dskip
