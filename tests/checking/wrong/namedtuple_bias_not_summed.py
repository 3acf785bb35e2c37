# expect: line=26 variable=return mistake=wrong-axis
# right: mend
from collections import namedtuple

import numpy as np

Params = namedtuple("Params", "W1 b1 W2 b2")


def forward(p, X):
    Z = X @ p.W1 + p.b1
    H = np.where(Z > 0, Z, np.exp(np.minimum(Z, 0)) - 1)  # ELU
    return Z, H, H @ p.W2 + p.b2


def loss_fn(scores, Y):
    # multi-label sigmoid cross-entropy, the stable form
    return np.mean(np.maximum(scores, 0) - scores * Y + np.log(1 + np.exp(-np.abs(scores))))


def gradients(p, X, Y):
    Z, H, S = forward(p, X)
    dS = (1 / (1 + np.exp(-S)) - Y) / Y.size
    dH = dS @ p.W2.T
    dZ = np.where(Z > 0, dH, dH * (H + 1))
    return loss_fn(S, Y), Params(X.T @ dZ, dZ.sum(0), H.T @ dS, dS)


class Adam:
    def __init__(self, params, lr=1e-2, betas=(0.9, 0.999), eps=1e-8):
        self.lr, (self.b1, self.b2), self.eps = lr, betas, eps
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]
        self.t = 0

    def __call__(self, params, grads):
        self.t += 1
        new = []
        for i, (p, g) in enumerate(zip(params, grads)):
            self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * g
            self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * g * g
            mhat = self.m[i] / (1 - self.b1**self.t)
            vhat = self.v[i] / (1 - self.b2**self.t)
            new.append(p - self.lr * mhat / (np.sqrt(vhat) + self.eps))
        return Params(*new)


rng = np.random.default_rng(0)
X = rng.normal(size=(40, 6))
Y = (X @ rng.normal(size=(6, 4)) > 0).astype(float)
params = Params(rng.normal(0, 0.3, (6, 10)), np.zeros(10), rng.normal(0, 0.3, (10, 4)), np.zeros(4))
step = Adam(params)
for it in range(60):
    loss, grads = gradients(params, X, Y)
    params = step(params, grads)
    if it % 20 == 0:
        print(it, loss)
