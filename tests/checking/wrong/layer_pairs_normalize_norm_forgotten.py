# expect: line=14 variable=dx mistake=missing-derivative
# right: (dy - y * np.sum(dy * y, axis=1, keepdims=True)) / norm
import numpy as np


def normalize_forward(x):
    norm = np.sqrt(np.sum(x ** 2, axis=1, keepdims=True))
    y = x / norm
    return y, (y, norm)


def normalize_backward(dy, cache):
    y, norm = cache
    dx = dy - y * np.sum(dy * y, axis=1, keepdims=True)
    return dx
