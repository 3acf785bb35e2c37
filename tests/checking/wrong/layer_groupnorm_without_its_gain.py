# expect: line=27 variable=dxhat mistake=dropped-upstream
# right: (dout * self.gamma).reshape(N, self.groups, -1)
import numpy as np


class GroupNorm:
    def __init__(self, channels, groups, eps=1e-5):
        self.gamma = np.ones((1, channels, 1, 1))
        self.beta = np.zeros((1, channels, 1, 1))
        self.groups = groups
        self.eps = eps

    def forward(self, x):
        N, C, H, W = x.shape
        xg = x.reshape(N, self.groups, -1)
        mean = xg.mean(axis=2, keepdims=True)
        var = xg.var(axis=2, keepdims=True)
        self.inv_std = 1 / np.sqrt(var + self.eps)
        self.xhat = (xg - mean) * self.inv_std
        return self.gamma * self.xhat.reshape(x.shape) + self.beta

    def backward(self, dout):
        N, C, H, W = dout.shape
        xhat4 = self.xhat.reshape(dout.shape)
        self.dgamma = np.sum(dout * xhat4, axis=(0, 2, 3), keepdims=True)
        self.dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
        dxhat = dout.reshape(N, self.groups, -1)
        m = dxhat.shape[2]
        dx = self.inv_std / m * (
            m * dxhat
            - dxhat.sum(axis=2, keepdims=True)
            - self.xhat * (dxhat * self.xhat).sum(axis=2, keepdims=True)
        )
        return dx.reshape(dout.shape)
