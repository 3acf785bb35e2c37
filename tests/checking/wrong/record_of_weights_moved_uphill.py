# expect: line=33 variable=p mistake=update-sign
# right: Params(*(w - 0.01 * g for w, g in zip(p, grads)))
from typing import NamedTuple

import numpy as np


class Params(NamedTuple):
    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray


rng = np.random.default_rng(3)
X = rng.normal(size=(20, 4))
Y = np.sin(X[:, :2])
p = Params(0.4 * rng.normal(size=(4, 7)), np.zeros(7), 0.4 * rng.normal(size=(7, 2)), np.zeros(2))


def backward(dout, p, cache):
    x, h = cache
    dz = dout @ p.W2.T * (1 - h**2)
    return Params(x.T @ dz, dz.sum(axis=0), h.T @ dout, dout.sum(axis=0))


for step in range(200):
    h = np.tanh(X @ p.W1 + p.b1)
    out = h @ p.W2 + p.b2
    diff = out - Y
    loss = 0.5 * np.sum(diff**2)
    grads = backward(diff, p, (X, h))
    p = Params(*(w + 0.01 * g for w, g in zip(p, grads)))
