# expect: line=31 variable=dS mistake=softmax-jacobian
# right: self.A * (dA - (dA * self.A).sum(axis=-1, keepdims=True)) / np.sqrt(self.d)
# expect: line=38 variable=dm mistake=dropped-upstream|overwritten-accumulator
# right: dK @ self.Wk.T + dV @ self.Wv.T

import numpy as np


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class CrossAttention:
    def __init__(self, d):
        rng = np.random.default_rng(0)
        self.Wq, self.Wk, self.Wv = (rng.normal(size=(d, d)) * 0.4 for _ in range(3))
        self.d = d

    def forward(self, x, memory):
        self.x, self.m = x, memory
        self.Q = x @ self.Wq
        self.K = memory @ self.Wk
        self.V = memory @ self.Wv
        self.A = softmax(self.Q @ self.K.transpose(0, 2, 1) / np.sqrt(self.d))
        return self.A @ self.V

    def backward(self, dout):
        dV = self.A.transpose(0, 2, 1) @ dout
        dA = dout @ self.V.transpose(0, 2, 1)
        dS = dA * self.A * (1 - self.A) / np.sqrt(self.d)
        dQ = dS @ self.K
        dK = dS.transpose(0, 2, 1) @ self.Q
        self.dWq = np.einsum("nti,ntj->ij", self.x, dQ)
        self.dWk = np.einsum("nti,ntj->ij", self.m, dK)
        self.dWv = np.einsum("nti,ntj->ij", self.m, dV)
        dx = dQ @ self.Wq.T
        dm = dV @ self.Wv.T
        return dx, dm


rng = np.random.default_rng(1)
layer = CrossAttention(4)
out = layer.forward(rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4)))
dx, dm = layer.backward(rng.normal(size=out.shape))
