# expect: line=23 variable=d_centers mistake=sign
# right: -np.sum(d_r2[:, :, None] * 2 * diff, axis=0)
import numpy as np

rng = np.random.default_rng(14)
X = rng.uniform(-2, 2, (40, 2))
t = np.sin(X[:, 0]) * X[:, 1]
centers = rng.uniform(-2, 2, (6, 2))
gamma = np.full(6, 0.7)
w = rng.normal(0, 0.5, 6)
for it in range(200):
    diff = X[:, None, :] - centers[None, :, :]
    r2 = (diff**2).sum(axis=2)
    phi = np.exp(-gamma * r2)
    y = phi @ w
    loss = 0.5 * np.mean((y - t) ** 2)

    dy = (y - t) / len(t)
    d_w = phi.T @ dy
    d_phi = np.outer(dy, w)
    d_gamma = np.sum(d_phi * phi * -r2, axis=0)
    d_r2 = d_phi * phi * -gamma
    d_centers = np.sum(d_r2[:, :, None] * 2 * diff, axis=0)
    w -= 0.1 * d_w
    gamma -= 0.1 * d_gamma
    centers -= 0.1 * d_centers
print(loss)
