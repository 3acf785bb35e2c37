# expect: line=17 variable=dz mistake=wrong-derivative
# right: dh * (s + h * (1 - s))
import numpy as np


def forward(x, w1, w2):
    z = x @ w1
    h = z / (1 + np.exp(-z))
    return h @ w2, (x, z, h, w1, w2)


def backward(dout, cache):
    x, z, h, w1, w2 = cache
    dw2 = h.T @ dout
    dh = dout @ w2.T
    s = 1 / (1 + np.exp(-z))
    dz = dh * s * (1 - s)
    dw1 = x.T @ dz
    dx = dz @ w1.T
    return dx, dw1, dw2
