# expect: line=14 variable=dx mistake=scale|wrong-operand|wrong-derivative
# right: dout * mask / keep
import numpy as np


def dropout_forward(x, keep):
    mask = np.random.rand(*x.shape) < keep
    out = x * mask / keep
    return out, (mask, keep)


def dropout_backward(dout, cache):
    mask, keep = cache
    dx = dout * keep * mask
    return dx
