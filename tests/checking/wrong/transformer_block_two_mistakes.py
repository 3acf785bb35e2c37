# expect: line=33 variable=g['W1'] mistake=wrong-operand
# right: y.T @ dz
# expect: line=42 variable=dx mistake=dropped-upstream
# right: dy + dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T
import numpy as np


class Block:
    def __init__(self, d, h, seed=0):
        rng = np.random.default_rng(seed)
        self.Wq, self.Wk, self.Wv = (rng.normal(size=(d, d)) * 0.5 for _ in range(3))
        self.W1 = rng.normal(size=(d, h)) * 0.5
        self.W2 = rng.normal(size=(h, d)) * 0.5

    def forward(self, x):
        q, k, v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        s = q @ k.T / np.sqrt(x.shape[1])
        e = np.exp(s - s.max(axis=1, keepdims=True))
        a = e / e.sum(axis=1, keepdims=True)
        y = x + a @ v
        z = y @ self.W1
        r = np.maximum(z, 0)
        out = y + r @ self.W2
        self.cache = x, q, k, v, a, y, z, r
        return out

    def backward(self, dout):
        x, q, k, v, a, y, z, r = self.cache
        g = {}
        g["W2"] = r.T @ dout
        dr = dout @ self.W2.T
        dz = dr * (z > 0)
        g["W1"] = x.T @ dz
        dy = dout + dz @ self.W1.T
        dv = a.T @ dy
        da = dy @ v.T
        ds = a * (da - (a * da).sum(axis=1, keepdims=True))
        ds = ds / np.sqrt(x.shape[1])
        dq = ds @ k
        dk = ds.T @ q
        g["Wq"], g["Wk"], g["Wv"] = x.T @ dq, x.T @ dk, x.T @ dv
        dx = dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T
        return dx, g
