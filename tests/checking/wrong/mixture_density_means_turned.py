# expect: line=27 variable=grads["mu"] mistake=sign
# right: resp * (mu - y[:, None]) / sigma**2

import numpy as np

rng = np.random.default_rng(11)
K = 3
x = rng.uniform(-1, 1, size=(32, 1))
y = np.sin(3 * x[:, 0]) + 0.1 * rng.normal(size=32)
W = {"pi": rng.normal(size=(1, K)), "mu": rng.normal(size=(1, K)), "ls": 0.1 * rng.normal(size=(1, K))}
b = {"pi": np.zeros(K), "mu": rng.normal(size=K), "ls": np.zeros(K)}
lr = 0.01
for step in range(50):
    a = x @ W["pi"] + b["pi"]
    mu = x @ W["mu"] + b["mu"]
    ls = x @ W["ls"] + b["ls"]
    pi = np.exp(a - a.max(axis=1, keepdims=True))
    pi = pi / pi.sum(axis=1, keepdims=True)
    sigma = np.exp(ls)
    dens = pi * np.exp(-0.5 * ((y[:, None] - mu) / sigma) ** 2) / sigma
    total = dens.sum(axis=1, keepdims=True)
    loss = -np.sum(np.log(total))

    resp = dens / total
    grads = {}
    grads["pi"] = pi - resp
    grads["mu"] = resp * (y[:, None] - mu) / sigma**2
    grads["ls"] = resp * (1 - ((y[:, None] - mu) / sigma) ** 2)
    for name in W:
        W[name] -= lr * x.T @ grads[name]
        b[name] -= lr * grads[name].sum(axis=0)
