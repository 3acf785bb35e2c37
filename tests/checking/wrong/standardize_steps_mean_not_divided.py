# expect: line=27 variable=dx_b mistake=scale
# right: dm / n * np.ones_like(x)
import numpy as np


def standardize_forward(x, eps=1e-6):
    """Each column minus its mean, over its root mean square deviation."""
    n = x.shape[0]
    m = x.sum(axis=0) / n
    d = x - m
    v = (d**2).sum(axis=0) / n
    s = 1 / np.sqrt(v + eps)
    return d * s, (d, v, s, eps)


def standardize_backward(dout, cache):
    d, v, s, eps = cache
    n = dout.shape[0]
    x = d
    ds = (dout * d).sum(axis=0)
    dd = dout * s
    dv = -0.5 * (v + eps) ** -1.5 * ds
    dd += 2 * d * (dv / n * np.ones_like(x))
    # what goes through d itself, and what goes through the mean
    dx_a = dd
    dm = -dd.sum(axis=0)
    dx_b = dm * np.ones_like(x)
    dx = dx_a + dx_b
    return dx
