import numpy as np


def mlp(params, x):
    w1, b1, w2, b2 = params
    a = np.maximum(x @ w1 + b1, 0)
    return a, a @ w2 + b2


def grad_mlp(params, x, y):
    w1, b1, w2, b2 = params
    a, out = mlp(params, x)
    d = 2 * (out - y) / len(x)
    gw2 = a.T @ d
    gb2 = d.sum(0)
    da = d @ w2.T
    da[a <= 0] = 0
    gw1 = x.T @ da
    gb1 = da.sum(0)
    return gw1, gb1, gw2, gb2


rng = np.random.default_rng(20)
x = rng.normal(size=(25, 4))
y = rng.normal(size=(25, 2))
params = [rng.normal(size=(4, 8)) * 0.4, rng.normal(size=8) * 0.1, rng.normal(size=(8, 2)) * 0.4, np.zeros(2)]
hist = [np.zeros_like(p) for p in params]

for it in range(100):
    loss = np.sum((mlp(params, x)[1] - y) ** 2) / len(x)
    grads = grad_mlp(params, x, y)
    for p, g, s in zip(params, grads, hist):
        s += g ** 2
        p -= 0.05 * g / (np.sqrt(s) + 1e-8)
    if it % 25 == 0:
        print(it, loss)
