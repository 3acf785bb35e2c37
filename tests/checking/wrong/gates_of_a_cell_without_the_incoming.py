# expect: line=25 variable=do mistake=dropped-upstream
# right: dh * tc
import numpy as np


def sig(z):
    return 1 / (1 + np.exp(-z))


def step(x, h_prev, c_prev, W):
    n = h_prev.shape[1]
    xh = np.hstack([x, h_prev])
    z = xh @ W
    i, f, o = sig(z[:, :n]), sig(z[:, n:2 * n]), sig(z[:, 2 * n:3 * n])
    g = np.tanh(z[:, 3 * n:])
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, (xh, i, f, o, g, c_prev, c)


def step_back(dh, dc, cache, W):
    xh, i, f, o, g, c_prev, c = cache
    n = dh.shape[1]
    tc = np.tanh(c)
    do = tc
    dc = dc + dh * o * (1 - tc ** 2)
    di, df, dg = dc * g, dc * c_prev, dc * i
    dz = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
    dxh = dz @ W.T
    return dxh[:, -n:], dc * f, xh.T @ dz


rng = np.random.default_rng(8)
W = rng.normal(size=(5, 12)) * 0.4
V = rng.normal(size=(3, 1)) * 0.4
xs = rng.normal(size=(4, 6, 2))
want = rng.normal(size=(6, 1))

for epoch in range(30):
    h, c, caches = np.zeros((6, 3)), np.zeros((6, 3)), []
    for x in xs:
        h, c, cache = step(x, h, c, W)
        caches.append(cache)
    out = h @ V
    loss = np.mean((out - want) ** 2)

    dout = 2 * (out - want) / len(want)
    dV = h.T @ dout
    dh, dc, dW = dout @ V.T, np.zeros((6, 3)), np.zeros_like(W)
    for cache in reversed(caches):
        dh, dc, dWt = step_back(dh, dc, cache, W)
        dW += dWt
    W -= 0.1 * dW
    V -= 0.1 * dV
