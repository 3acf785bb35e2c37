# expect: line=39 variable=dz mistake=missing-derivative
# right: np.hstack([di * i * (1 - i), do * o * (1 - o), dg * (1 - g ** 2)])
import numpy as np


def sig(z):
    return 1 / (1 + np.exp(-z))


rng = np.random.default_rng(8)
n = 3
W = rng.normal(size=(2 + n, 3 * n)) * 0.4
V = rng.normal(size=(n, 1)) * 0.4
xs = rng.normal(size=(4, 6, 2))
want = rng.normal(size=(6, 1))

for epoch in range(30):
    h = np.zeros((6, n))
    c = np.zeros((6, n))
    caches = []
    for x in xs:
        xh = np.hstack([x, h])
        z = xh @ W
        i, o = sig(z[:, :n]), sig(z[:, n:2 * n])
        g = np.tanh(z[:, 2 * n:])
        c = 0.9 * c + i * g
        h = o * np.tanh(c)
        caches.append((xh, i, o, g, c))
    out = h @ V
    loss = np.mean((out - want) ** 2)

    dout = 2 * (out - want) / len(want)
    dV = h.T @ dout
    dh, dc, dW = dout @ V.T, np.zeros((6, n)), np.zeros_like(W)
    for xh, i, o, g, c in reversed(caches):
        tc = np.tanh(c)
        dc = dc + dh * o * (1 - tc ** 2)
        di, do, dg = dc * g, dh * tc, dc * i
        dz = np.hstack([di * i * (1 - i), do * o * (1 - o), dg])
        dW += xh.T @ dz
        dh, dc = (dz @ W.T)[:, 2:], 0.9 * dc
    W -= 0.1 * dW
    V -= 0.1 * dV
