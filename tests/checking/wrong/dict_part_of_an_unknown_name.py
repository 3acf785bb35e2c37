# expect: line=14 variable=g mistake=crash
# right: {"W1": X.T @ dh, "W2": h.T @ d}
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3)); y = rng.normal(size=(20, 2))
p = {"W1": rng.normal(size=(3, 5)), "W2": rng.normal(size=(5, 2))}
lr = 0.05
for t in range(50):
    h = np.tanh(X @ p["W1"])
    out = h @ p["W2"]
    d = out - y
    loss = 0.5 * np.sum(d ** 2)
    dh = d @ p["W2"].T * (1 - h ** 2)
    g = {"W1": X.T @ np.dot(dh, quux), "W2": h.T @ d}
    for k in p:
        p[k] -= lr * g[k]
