# expect: line=19 variable=m[k] mistake=wrong-operand
# right: m[k] = 0.9 * m[k] + 0.1 * grads[k]
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4)); Y = rng.normal(size=(30, 2))
W1 = rng.normal(size=(4, 5)); b1 = np.zeros(5); W2 = rng.normal(size=(5, 2)); b2 = np.zeros(2)
m = {k: 0. for k in ("W1", "b1", "W2", "b2")}; v = dict(m)
p = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
for t in range(1, 20):
    h = np.maximum(X @ p["W1"] + p["b1"], 0)
    out = h @ p["W2"] + p["b2"]
    loss = ((out - Y) ** 2).mean()
    g = 2 * (out - Y) / out.size
    grads = {"W2": h.T @ g, "b2": g.sum(0)}
    gh = (g @ p["W2"].T) * (h > 0)
    grads["W1"] = X.T @ gh
    grads["b1"] = gh.sum(0)
    for k in p:
        m[k] = .9 * v[k] + .1 * grads[k]
        v[k] = .999 * v[k] + .001 * grads[k] ** 2
        p[k] = p[k] - .01 * m[k] / (1 - .9 ** t) / (np.sqrt(v[k] / (1 - .999 ** t)) + 1e-8)
