# expect: line=23 variable=params[k] mistake=update-sign
# right: params[k] -= 0.02 * m[k] / (np.sqrt(v[k]) + 1e-8)
import numpy as np
rng = np.random.default_rng(0)
X = rng.standard_normal((96, 3))
y = np.sin(X[:, 0]) + X[:, 1] ** 2
params = {"w1": rng.standard_normal((3, 12)) * 0.5, "w2": rng.standard_normal((12, 1)) * 0.3}
m = {k: np.zeros_like(v) for k, v in params.items()}
v = {k: np.zeros_like(u) for k, u in params.items()}
for epoch in range(10):
    h = np.tanh(X @ params["w1"])
    r = (h @ params["w2"])[:, 0] - y
    loss = 0.5 * np.mean(r**2)
    dy = r[:, None] / len(y)
    da = (dy @ params["w2"].T) * (1 - h**2)
    grads = {"w1": X.T @ da, "w2": h.T @ dy}
    norm = np.sqrt(sum(np.sum(g * g) for g in grads.values()))
    scale = min(1.0, 1.0 / (norm + 1e-6))
    for k in params:
        g = grads[k] * scale
        m[k] = 0.9 * m[k] + 0.1 * g
        v[k] = 0.99 * v[k] + 0.01 * g * g
        params[k] += 0.02 * m[k] / (np.sqrt(v[k]) + 1e-8)
