# expect: line=43 variable=dgates mistake=missing-derivative
# right: dgates[t, :, :2 * d] = s * (1 - s) * dopen[t, :, :2 * d]
import numpy as np

rng = np.random.default_rng(3)
n, b, d, size = 4, 5, 3, 2
xs = rng.normal(size=(n, b, size))
want = rng.normal(size=(n, b, d))
W = rng.normal(size=(1 + size + d, 3 * d)) * 0.4
rate = 0.05


def forward(xs, W):
    joined = np.zeros((n, b, 1 + size + d))
    opened = np.zeros((n, b, 3 * d))
    H = np.zeros((n, b, d))
    h = np.zeros((b, d))
    for t in range(n):
        joined[t, :, 0] = 1
        joined[t, :, 1:1 + size] = xs[t]
        joined[t, :, 1 + size:] = h
        gates = joined[t] @ W
        opened[t, :, :2 * d] = 1 / (1 + np.exp(-gates[:, :2 * d]))
        opened[t, :, 2 * d:] = np.tanh(gates[:, 2 * d:])
        h = opened[t, :, :d] * h + opened[t, :, d:2 * d] * opened[t, :, 2 * d:]
        H[t] = h
    return H, joined, opened


def backward(dH_in, H, joined, opened, W):
    dH = dH_in.copy()
    dopen, dgates = np.zeros(opened.shape), np.zeros(opened.shape)
    dW, dxs = np.zeros(W.shape), np.zeros(xs.shape)
    for t in reversed(range(n)):
        before = H[t - 1] if t > 0 else np.zeros((b, d))
        dopen[t, :, :d] = before * dH[t]
        dopen[t, :, d:2 * d] = opened[t, :, 2 * d:] * dH[t]
        dopen[t, :, 2 * d:] = opened[t, :, d:2 * d] * dH[t]
        # activation functions
        dgates[t, :, 2 * d:] = (1 - opened[t, :, 2 * d:] ** 2) * dopen[t, :, 2 * d:]
        # the sigmoid ones
        s = opened[t, :, :2 * d]
        dgates[t, :, :2 * d] = s * dopen[t, :, :2 * d]
        dW += joined[t].T @ dgates[t]
        djoined = dgates[t] @ W.T
        dxs[t] = djoined[:, 1:1 + size]
        if t > 0:
            dH[t - 1] += djoined[:, 1 + size:] + opened[t, :, :d] * dH[t]
    return dxs, dW


for epoch in range(20):
    H, joined, opened = forward(xs, W)
    loss = 0.5 * np.sum((H - want) ** 2)
    dxs, dW = backward(H - want, H, joined, opened, W)
    W -= rate * dW
