"""GRU that reads a sequence and predicts its sum (column vectors, one sequence at a time)."""
import numpy as np

np.random.seed(10)
hidden, inputs = 6, 1


def sig(x):
    return 1.0 / (1.0 + np.exp(-x))


class GRU:
    def __init__(self):
        k = hidden + inputs
        self.Wz = np.random.randn(hidden, k) * 0.3
        self.Wr = np.random.randn(hidden, k) * 0.3
        self.Wh = np.random.randn(hidden, k) * 0.3
        self.bz = np.zeros((hidden, 1))
        self.br = np.zeros((hidden, 1))
        self.bh = np.zeros((hidden, 1))
        self.Wy = np.random.randn(1, hidden) * 0.3
        self.by = np.zeros((1, 1))

    def forward(self, seq):
        self.cache = []
        h = np.zeros((hidden, 1))
        for x in seq:
            x = np.array([[x]])
            hx = np.vstack([h, x])
            z = sig(self.Wz @ hx + self.bz)
            r = sig(self.Wr @ hx + self.br)
            rhx = np.vstack([r * h, x])
            c = np.tanh(self.Wh @ rhx + self.bh)
            h_new = (1 - z) * h + z * c
            self.cache.append((h, hx, z, r, rhx, c))
            h = h_new
        self.h_last = h
        return self.Wy @ h + self.by

    def backward(self, dy):
        d = {name: np.zeros_like(w) for name, w in vars(self).items() if name[0] in "Wb"}
        d["Wy"] = dy @ self.h_last.T
        d["by"] = dy
        dh = self.Wy.T @ dy
        for h, hx, z, r, rhx, c in reversed(self.cache):
            dc = dh * z
            dz = dh * (c - h)
            dh_prev = dh * (1 - z)
            dc_raw = dc * (1 - c ** 2)
            d["Wh"] += dc_raw @ rhx.T
            d["bh"] += dc_raw
            drhx = self.Wh.T @ dc_raw
            dr = drhx[:hidden] * h
            dh_prev += drhx[:hidden] * r
            dz_raw = dz * z * (1 - z)
            dr_raw = dr * r * (1 - r)
            d["Wz"] += dz_raw @ hx.T
            d["bz"] += dz_raw
            d["Wr"] += dr_raw @ hx.T
            d["br"] += dr_raw
            dhx = self.Wz.T @ dz_raw + self.Wr.T @ dr_raw
            dh = dh_prev + dhx[:hidden]
        return d


net = GRU()
for it in range(100):
    seq = np.random.rand(5)
    target = seq.sum()
    y = net.forward(seq)
    loss = 0.5 * ((y - target) ** 2).item()
    grads = net.backward(y - target)
    for name, g in grads.items():
        np.clip(g, -1, 1, out=g)
        setattr(net, name, getattr(net, name) - 0.05 * g)
    if it % 20 == 0:
        print(it, loss)
