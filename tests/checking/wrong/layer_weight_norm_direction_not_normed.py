# expect: line=25 variable=self.dv mistake=wrong-operand
# right: self.g / self.norm * (dw - self.dg * self.vhat)

import numpy as np


class WeightNormLinear:
    def __init__(self, n_in, n_out):
        rng = np.random.default_rng(1)
        self.v = rng.normal(size=(n_in, n_out))
        self.g = np.ones(n_out)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        self.norm = np.sqrt(np.sum(self.v**2, axis=0))
        self.vhat = self.v / self.norm
        self.w = self.g * self.vhat
        return x @ self.w + self.b

    def backward(self, dout):
        dw = self.x.T @ dout
        self.db = dout.sum(axis=0)
        self.dg = np.sum(dw * self.vhat, axis=0)
        self.dv = self.g / self.norm * (dw - self.dg * self.v)
        return dout @ self.w.T


layer = WeightNormLinear(5, 3)
x = np.random.randn(6, 5)
y = layer.forward(x)
dx = layer.backward(np.random.randn(6, 3))
