"""Dropout and a handful of activations as forward/backward pairs."""
import numpy as np


def dropout_forward(x, mask, keep_prob):
    # inverted dropout; the mask of zeros and ones is drawn by the caller
    out = x * mask / keep_prob
    return out, (mask, keep_prob)


def dropout_backward(dout, cache):
    mask, keep_prob = cache
    dx = dout * mask / keep_prob
    return dx


def sigmoid_forward(x):
    out = 1 / (1 + np.exp(-x))
    return out, out


def sigmoid_backward(dout, out):
    return dout * out * (1 - out)


def tanh_forward(x):
    out = np.tanh(x)
    return out, out


def tanh_backward(dout, out):
    return dout * (1 - out ** 2)


def softplus_forward(x):
    return np.log(1 + np.exp(x)), x


def softplus_backward(dout, x):
    dx = dout / (1 + np.exp(-x))
    return dx


def leaky_relu_forward(x, slope=0.01):
    out = np.where(x > 0, x, slope * x)
    return out, (x, slope)


def leaky_relu_backward(dout, cache):
    x, slope = cache
    dx = np.where(x > 0, dout, slope * dout)
    return dx


def swish_forward(x):
    s = 1 / (1 + np.exp(-x))
    return x * s, (x, s)


def swish_backward(dout, cache):
    x, s = cache
    dx = dout * (s + x * s * (1 - s))
    return dx


def gelu_forward(x):
    u = np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)
    t = np.tanh(u)
    return 0.5 * x * (1 + t), (x, t)


def gelu_backward(dout, cache):
    x, t = cache
    du = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x ** 2)
    dx = dout * (0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * du)
    return dx


def softmax_forward(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    out = e / e.sum(axis=1, keepdims=True)
    return out, out


def softmax_backward(dout, out):
    dx = out * (dout - np.sum(dout * out, axis=1, keepdims=True))
    return dx
