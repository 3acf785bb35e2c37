# expect: line=26 variable=dvar mistake=wrong-derivative
# right: np.sum(dxhat * x_mu, axis=0) * -0.5 * std_inv ** 3
import numpy as np


class BatchNorm:
    def __init__(self, dim, eps=1e-5):
        self.gamma = np.ones(dim)
        self.beta = np.zeros(dim)
        self.eps = eps

    def forward(self, x):
        self.x = x
        self.mu = x.mean(axis=0)
        self.var = x.var(axis=0)
        self.xhat = (x - self.mu) / np.sqrt(self.var + self.eps)
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        N = dout.shape[0]
        self.dgamma = np.sum(dout * self.xhat, axis=0)
        self.dbeta = np.sum(dout, axis=0)
        dxhat = dout * self.gamma
        std_inv = 1.0 / np.sqrt(self.var + self.eps)
        x_mu = self.x - self.mu
        dvar = np.sum(dxhat * x_mu, axis=0) * -0.5 * std_inv
        dmu = np.sum(dxhat * -std_inv, axis=0) + dvar * np.mean(-2.0 * x_mu, axis=0)
        return dxhat * std_inv + dvar * 2 * x_mu / N + dmu / N
