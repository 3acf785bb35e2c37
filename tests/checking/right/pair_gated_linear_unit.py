import numpy as np


def affine_gate_forward(x, w, v):
    """Gated linear unit: (x w) * sigmoid(x v)."""
    a = x.dot(w)
    s = 1 / (1 + np.exp(-x.dot(v)))
    out = a * s
    cache = (x, w, v, a, s)
    return out, cache


def affine_gate_backward(dout, cache):
    x, w, v, a, s = cache
    da = dout * s
    ds = dout * a
    dz = ds * s * (1 - s)
    dw = x.T.dot(da)
    dv = x.T.dot(dz)
    dx = da.dot(w.T) + dz.dot(v.T)
    return dx, dw, dv
