# expect: line=24 variable=m2 mistake=wrong-axis
# right: (dxhat * self.xhat).mean(axis=-1, keepdims=True)
import numpy as np


class LayerNorm:
    def __init__(self, d, eps=1e-6):
        self.g = np.ones(d)
        self.b = np.zeros(d)
        self.eps = eps

    def forward(self, x):
        mean = x.mean(axis=-1, keepdims=True)
        var = x.var(axis=-1, keepdims=True)
        self.inv = 1.0 / np.sqrt(var + self.eps)
        self.xhat = (x - mean) * self.inv
        return self.g * self.xhat + self.b

    def backward(self, dout):
        self.dg = np.sum(dout * self.xhat, axis=0)
        self.db = np.sum(dout, axis=0)
        dxhat = dout * self.g
        m1 = dxhat.mean(axis=-1, keepdims=True)
        m2 = (dxhat * self.xhat).mean(axis=0, keepdims=True)
        return self.inv * (dxhat - m1 - self.xhat * m2)
