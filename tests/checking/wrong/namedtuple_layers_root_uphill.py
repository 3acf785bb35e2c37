# expect: line=37 variable=layers[k].b[:] mistake=update-sign
# right: layers[k].b[:] -= 0.01 * db / (np.sqrt(mean_b[k]) + 1e-8)
from typing import NamedTuple

import numpy as np


class Layer(NamedTuple):
    W: np.ndarray
    b: np.ndarray


rng = np.random.default_rng(9)
X = rng.normal(size=(30, 3))
Y = np.sin(X @ rng.normal(size=(3, 2)))
layers = [
    Layer(rng.normal(size=(3, 6)) * 0.5, np.zeros(6)),
    Layer(rng.normal(size=(6, 2)) * 0.5, np.zeros(2)),
]
mean_W = [np.zeros_like(layer.W) for layer in layers]
mean_b = [np.zeros_like(layer.b) for layer in layers]
for epoch in range(60):
    h = np.tanh(X @ layers[0].W + layers[0].b)
    out = h @ layers[1].W + layers[1].b
    loss = np.mean((out - Y) ** 2)

    dout = 2 * (out - Y) / Y.size
    dh = dout @ layers[1].W.T * (1 - h ** 2)
    grads = [(X.T @ dh, dh.sum(axis=0)), (h.T @ dout, dout.sum(axis=0))]

    # each weight at a rate of its own
    for k, (dW, db) in enumerate(grads):
        mean_W[k] = 0.9 * mean_W[k] + 0.1 * dW ** 2
        mean_b[k] = 0.9 * mean_b[k] + 0.1 * db ** 2
        layers[k].W[:] -= 0.01 * dW / (np.sqrt(mean_W[k]) + 1e-8)
        # and the biases
        layers[k].b[:] -= -(0.01 * db / (np.sqrt(mean_b[k]) + 1e-8))
