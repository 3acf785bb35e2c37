# expect: line=24 variable=dx mistake=overwritten-accumulator
# right: dx += dz @ A.T
import numpy as np


def relu(z):
    return z * (z > 0)


def block_forward(x, A, B):
    z = x @ A
    h = relu(z)
    y = x + h @ B
    return y, (x, z, h, A, B)


def block_backward(dy, cache):
    x, z, h, A, B = cache
    dx = dy.copy()
    dh = dy @ B.T
    dB = h.T @ dy
    dz = dh * (z > 0)
    dA = x.T @ dz
    dx = dz @ A.T
    return dx, dA, dB
