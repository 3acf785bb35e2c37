# expect: line=15 variable=grads mistake=wrong-axis
# right: {"W": X.T @ d, "b": d.sum(axis=0, keepdims=True)}
import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(30, 4))
Y = rng.normal(size=(30, 3))
params = {"W": rng.normal(size=(4, 3)), "b": np.zeros((1, 3))}
m = {k: np.zeros_like(v) for k, v in params.items()}
v = {k: np.zeros_like(p) for k, p in params.items()}
for t in range(1, 200):
    out = X @ params["W"] + params["b"]
    loss = 0.5 * np.sum((out - Y) ** 2) / len(X)
    d = (out - Y) / len(X)
    grads = {"W": X.T @ d, "b": d.sum(axis=1, keepdims=True)}
    for k in params:
        m[k] = 0.9 * m[k] + 0.1 * grads[k]
        v[k] = 0.999 * v[k] + 0.001 * grads[k] ** 2
        mh = m[k] / (1 - 0.9**t)
        vh = v[k] / (1 - 0.999**t)
        params[k] = params[k] - 0.01 * mh / (np.sqrt(vh) + 1e-8)
