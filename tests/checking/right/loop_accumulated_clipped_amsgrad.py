"""Micro-batches whose gradients are accumulated, clipped by global norm, AMSGrad."""
import numpy as np

rng = np.random.default_rng(0)


def batches(X, y, size):
    order = rng.permutation(len(X))
    for lo in range(0, len(X) - size + 1, size):
        sel = order[lo:lo + size]
        yield X[sel], y[sel]


def gelu(x):
    return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))


def gelu_grad(x):
    u = 0.7978845608 * (x + 0.044715 * x**3)
    th = np.tanh(u)
    return 0.5 * (1 + th) + 0.5 * x * (1 - th**2) * 0.7978845608 * (1 + 3 * 0.044715 * x**2)


def loss_and_grads(p, x, y):
    a = x @ p["w1"] + p["c1"]
    h = gelu(a)
    yhat = (h @ p["w2"] + p["c2"])[:, 0]
    r = yhat - y
    delta = 1.0
    small = np.abs(r) <= delta
    loss = np.mean(np.where(small, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)))
    dr = np.where(small, r, delta * np.sign(r)) / len(y)
    dy = dr[:, None]
    da = (dy @ p["w2"].T) * gelu_grad(a)
    return loss, {"w1": x.T @ da, "c1": da.sum(0), "w2": h.T @ dy, "c2": dy.sum(0)}


X = rng.standard_normal((96, 3))
y = np.sin(X[:, 0]) + X[:, 1] ** 2 + rng.standard_t(2, 96) * 0.1
params = {
    "w1": rng.standard_normal((3, 12)) * 0.5,
    "c1": np.zeros(12),
    "w2": rng.standard_normal((12, 1)) * 0.3,
    "c2": np.zeros(1),
}
m = {k: np.zeros_like(v) for k, v in params.items()}
v = {k: np.zeros_like(u) for k, u in params.items()}
vmax = {k: np.zeros_like(u) for k, u in params.items()}
ACCUM, MAX_NORM, LR = 3, 1.0, 0.02
acc = {k: np.zeros_like(u) for k, u in params.items()}
micro = 0
for epoch in range(10):
    epoch_loss = 0.0
    for xb, yb in batches(X, y, 8):
        loss, grads = loss_and_grads(params, xb, yb)
        epoch_loss += loss
        for k in acc:
            acc[k] += grads[k] / ACCUM
        micro += 1
        if micro % ACCUM == 0:
            norm = np.sqrt(sum(np.sum(g * g) for g in acc.values()))
            scale = min(1.0, MAX_NORM / (norm + 1e-6))
            for k in params:
                g = acc[k] * scale
                m[k] = 0.9 * m[k] + 0.1 * g
                v[k] = 0.99 * v[k] + 0.01 * g * g
                vmax[k] = np.maximum(vmax[k], v[k])
                params[k] -= LR * m[k] / (np.sqrt(vmax[k]) + 1e-8)
                acc[k][...] = 0.0
    print(epoch, epoch_loss / 12)
