import numpy as np


def dropout_forward(x, keep):
    mask = np.random.rand(*x.shape) < keep
    out = x * mask / keep
    return out, (mask, keep)


def dropout_backward(dout, cache):
    mask, keep = cache
    dx = dout * mask / keep
    return dx
