# expect: line=38 variable=return mistake=wrong-derivative
# right: (self.W.T @ d).reshape(self.a.shape)
import numpy as np
from scipy.signal import correlate

rng = np.random.default_rng(12)


class Conv:
    """Multichannel correlation with scipy.signal.correlate over (C, H, W)."""

    def __init__(self, c, k, n):
        self.w = rng.normal(0, 0.3, (n, c, k, k))
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        return np.stack(
            [correlate(x, w, "valid")[0] + b for w, b in zip(self.w, self.b)]
        )

    def backward(self, dy):
        self.dw = np.stack([correlate(self.x, d[None], "valid") for d in dy])
        self.db = dy.sum(axis=(1, 2))
        return None


class Flat:
    def __init__(self, n, m):
        self.W = rng.normal(0, 0.2, (m, n))

    def forward(self, a):
        self.a = a
        return self.W @ a.ravel()

    def backward(self, d):
        self.dW = np.outer(d, self.a.ravel())
        return (self.W.T @ d).reshape(self.a.shape) * (self.a > 1)


conv, flat = Conv(2, 3, 3), Flat(3 * 9, 2)
X, T = rng.normal(size=(3, 2, 5, 5)), rng.normal(size=(3, 2))
for epoch in range(2):
    for x, t in zip(X, T):
        z = conv.forward(x)
        a = np.maximum(z, 0)
        y = flat.forward(a)
        loss = 0.5 * np.sum((y - t) ** 2)
        dz = flat.backward(y - t) * (z > 0)
        conv.backward(dz)
        flat.W -= 0.05 * flat.dW
        conv.w -= 0.05 * conv.dw
        conv.b -= 0.05 * conv.db
