# expect: line=46 variable=dk mistake=scale
# right: ds.transpose(0, 1, 3, 2) @ self.q / np.sqrt(self.dk)
import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class MultiHeadAttention:
    def __init__(self, d_model, n_heads, rng):
        self.h, self.dk = n_heads, d_model // n_heads
        self.Wq = rng.normal(size=(d_model, d_model)) * 0.2
        self.Wk = rng.normal(size=(d_model, d_model)) * 0.2
        self.Wv = rng.normal(size=(d_model, d_model)) * 0.2
        self.Wo = rng.normal(size=(d_model, d_model)) * 0.2

    def split(self, x):
        n, t, d = x.shape
        return x.reshape(n, t, self.h, self.dk).transpose(0, 2, 1, 3)

    def merge(self, x):
        n, h, t, dk = x.shape
        return x.transpose(0, 2, 1, 3).reshape(n, t, h * dk)

    def forward(self, x):
        self.x = x
        self.q = self.split(x @ self.Wq)
        self.k = self.split(x @ self.Wk)
        self.v = self.split(x @ self.Wv)
        scores = self.q @ self.k.transpose(0, 1, 3, 2) / np.sqrt(self.dk)
        self.a = softmax(scores)
        self.ctx = self.merge(self.a @ self.v)
        return self.ctx @ self.Wo

    def backward(self, dout):
        d = self.x.shape[-1]
        x2 = self.x.reshape(-1, d)
        self.dWo = self.ctx.reshape(-1, d).T @ dout.reshape(-1, d)
        dctx = self.split(dout @ self.Wo.T)
        da = dctx @ self.v.transpose(0, 1, 3, 2)
        dv = self.a.transpose(0, 1, 3, 2) @ dctx
        ds = self.a * (da - np.sum(da * self.a, axis=-1, keepdims=True))
        dq = ds @ self.k / np.sqrt(self.dk)
        dk = ds.transpose(0, 1, 3, 2) @ self.q
        dq, dk, dv = self.merge(dq), self.merge(dk), self.merge(dv)
        self.dWq = x2.T @ dq.reshape(-1, d)
        self.dWk = x2.T @ dk.reshape(-1, d)
        self.dWv = x2.T @ dv.reshape(-1, d)
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


rng = np.random.default_rng(0)
layer = MultiHeadAttention(8, 2, rng)
x = rng.normal(size=(3, 4, 8))
out = layer.forward(x)
print(layer.backward(rng.normal(size=out.shape)).shape)
