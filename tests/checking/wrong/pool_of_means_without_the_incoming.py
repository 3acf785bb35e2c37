# expect: line=24 variable=return mistake=dropped-upstream
# right: return dout[:, :, None] * np.ones(self.shape) / self.shape[2]
"""A layer that takes means hands back where they came from, not what came in."""
import numpy as np


class Affine:
    def forward(self, x, W):
        self.x, self.W = x, W
        return x @ W

    def backward(self, dout):
        self.dW = np.einsum("nci,ncj->ij", self.x, dout)
        return dout @ self.W.T


class Means:
    def forward(self, x):
        self.shape = x.shape
        return x.mean(axis=2)

    def backward(self, dout):
        n, c, h = self.shape
        return np.ones(self.shape) / h


rng = np.random.default_rng(8)
x = rng.normal(size=(6, 2, 4))
y = rng.normal(size=(6, 2))
W1, W2 = rng.normal(size=(4, 5)), rng.normal(size=(5, 3))
one, two, means = Affine(), Affine(), Means()
for _ in range(20):
    z = one.forward(x, W1)
    h = np.tanh(z)
    out = means.forward(two.forward(h, W2))
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dout = means.backward(dout)
    dh = two.backward(dout)
    dx = one.backward(dh * (1 - h**2))
    W1 -= 0.01 * one.dW
    W2 -= 0.01 * two.dW
