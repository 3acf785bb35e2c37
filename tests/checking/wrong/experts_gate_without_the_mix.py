# expect: line=22 variable=ds mistake=softmax-jacobian
# right: g * (dg - np.sum(g * dg, axis=1, keepdims=True))

import numpy as np

rng = np.random.default_rng(7)
X = rng.normal(size=(20, 3))
Y = rng.normal(size=(20, 2))
G = rng.normal(size=(3, 4)) * 0.3
E = rng.normal(size=(4, 3, 2)) * 0.3
lr = 0.1
for it in range(20):
    s = X @ G
    g = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    experts = np.einsum("nd,edo->neo", X, E)
    out = np.einsum("ne,neo->no", g, experts)
    loss = 0.5 * np.sum((out - Y) ** 2) / 20
    dout = (out - Y) / 20
    dexp = np.einsum("ne,no->neo", g, dout)
    dE = np.einsum("nd,neo->edo", X, dexp)
    dg = np.einsum("no,neo->ne", dout, experts)
    ds = g * dg
    dG = X.T @ ds
    G -= lr * dG
    E -= lr * dE
