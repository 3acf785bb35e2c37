# expect: line=30 variable=dxp mistake=overwritten-accumulator
# right: dxp[:, j : j + T] += dout @ self.W[j].T

import numpy as np


class Conv1D:
    def __init__(self, c_in, c_out, k):
        rng = np.random.default_rng(0)
        self.W = rng.normal(size=(k, c_in, c_out)) * 0.3
        self.b = np.zeros(c_out)
        self.k = k

    def forward(self, x):
        pad = self.k // 2
        self.xp = np.pad(x, ((0, 0), (pad, pad), (0, 0)))
        T = x.shape[1]
        out = np.zeros((x.shape[0], T, self.W.shape[2]))
        for j in range(self.k):
            out += self.xp[:, j : j + T] @ self.W[j]
        return out + self.b

    def backward(self, dout):
        T = dout.shape[1]
        pad = self.k // 2
        self.dW = np.zeros_like(self.W)
        dxp = np.zeros_like(self.xp)
        for j in range(self.k):
            self.dW[j] = np.einsum("ntc,ntd->cd", self.xp[:, j : j + T], dout)
            dxp[:, j : j + T] = dout @ self.W[j].T
        self.db = dout.sum(axis=(0, 1))
        return dxp[:, pad : pad + T]


conv = Conv1D(2, 3, 3)
x = np.random.default_rng(1).normal(size=(4, 6, 2))
out = conv.forward(x)
dx = conv.backward(np.random.default_rng(2).normal(size=out.shape))
