# expect: line=37 variable=g['bh'] mistake=overwritten-accumulator
# right: g['bh'] += da.sum(axis=0)
import numpy as np

rng = np.random.default_rng(8)
T, B, I, H, O = 5, 4, 3, 6, 2

p = {
    "Wx": rng.normal(size=(I, H)) * 0.4,
    "Wh": rng.normal(size=(H, H)) * 0.4,
    "bh": np.zeros(H),
    "Wy": rng.normal(size=(H, O)) * 0.4,
    "by": np.zeros(O),
}


def run(xs, p):
    hs = [np.zeros((xs.shape[1], H))]
    ys = []
    for t in range(len(xs)):
        hs.append(np.tanh(xs[t] @ p["Wx"] + hs[-1] @ p["Wh"] + p["bh"]))
        ys.append(hs[-1] @ p["Wy"] + p["by"])
    return hs, ys


def bptt(xs, ts, hs, ys, p):
    g = {name: np.zeros_like(value) for name, value in p.items()}
    dh_next = np.zeros_like(hs[0])
    for t in reversed(range(len(xs))):
        dy = (ys[t] - ts[t]) / B
        g["Wy"] += hs[t + 1].T @ dy
        g["by"] += dy.sum(axis=0)
        dh = dy @ p["Wy"].T + dh_next
        da = dh * (1 - hs[t + 1] ** 2)
        g["Wx"] += xs[t].T @ da
        g["Wh"] += hs[t].T @ da
        g["bh"] = da.sum(axis=0)
        dh_next = da @ p["Wh"].T
    return g


xs = rng.normal(size=(T, B, I))
ts = np.cumsum(xs[:, :, :O], axis=0)
for step in range(40):
    hs, ys = run(xs, p)
    loss = sum(0.5 * np.sum((y - t) ** 2) for y, t in zip(ys, ts)) / B
    g = bptt(xs, ts, hs, ys, p)
    for name in p:
        p[name] -= 0.02 * g[name]
