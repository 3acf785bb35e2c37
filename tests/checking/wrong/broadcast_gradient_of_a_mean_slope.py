# expect: line=14 variable=dz mistake=wrong-derivative
# right: dh * (1 - h**2)
import numpy as np

rng = np.random.default_rng(0)
W, b = rng.normal(0, 0.4, (4, 3)), np.zeros(3)
X, t = rng.normal(size=(6, 5, 4)), rng.normal(size=(6, 3))
for _ in range(10):
    h = np.tanh(X @ W + b)
    y = h.mean(axis=1)
    loss = np.sum((y - t) ** 2)
    dy = 2 * (y - t)
    dh = np.broadcast_to(dy[:, None, :], h.shape)
    dz = dh * (1 - h)
    dW = np.einsum("nti,ntj->ij", X, dz) / h.shape[1]
    db = dz.sum(axis=(0, 1)) / h.shape[1]
    W -= 0.1 * dW
    b -= 0.1 * db
