# expect: line=15 variable=return mistake=scale
# right: mend
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
y = rng.normal(size=(20, 2))
p = {"W1": rng.normal(size=(3, 4)), "b1": np.zeros(4), "W2": rng.normal(size=(4, 2)), "b2": np.zeros(2)}


def loss_and_grads(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = (h @ p["W2"] + p["b2"] - y) / len(X)
    dz = d @ p["W2"].T * (1 - h ** 2)
    return 0.5 * len(X) * np.sum(d ** 2), {"W1": X.T @ dz, "b1": dz.sum(0), "W2": h.T @ d, "b2": d.mean(0)}


for i in range(50):
    loss, g = loss_and_grads(p, X, y)
    for k in p:
        p[k] -= 0.1 * g[k]
