# expect: line=14 variable=sigmoid_backward mistake=derivative-at-wrong-point
# right: dout * out * (1 - out)
import numpy as np


def sigmoid_forward(x):
    out = 1.0 / (1.0 + np.exp(-x))
    cache = (x, out)
    return out, cache


def sigmoid_backward(dout, cache):
    x, out = cache
    return dout * x * (1 - x)


def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, cache):
    out = cache
    return dout * (1 - out ** 2)


def linear_forward(x, w):
    return x @ w, (x, w)


def linear_backward(dout, cache):
    x, w = cache
    dw = x.T @ dout
    dx = dout @ w.T
    return dx, dw
