# expect: line=27 variable=dx mistake=overwritten-accumulator
# right: dx += dz @ self.W1.T
import numpy as np


class ResidualBlock:
    """out = x + relu(x W1 + b1) W2"""

    def __init__(self, d, h):
        self.W1 = np.random.randn(d, h) * 0.1
        self.b1 = np.random.randn(h) * 0.1
        self.W2 = np.random.randn(h, d) * 0.1

    def forward(self, x):
        self.x = x
        self.z = x @ self.W1 + self.b1
        self.a = np.maximum(0, self.z)
        return x + self.a @ self.W2

    def backward(self, dout):
        dx = dout.copy()
        self.dW2 = self.a.T @ dout
        da = dout @ self.W2.T
        dz = da * (self.z > 0)
        self.dW1 = self.x.T @ dz
        self.db1 = dz.sum(axis=0)
        dx = dz @ self.W1.T
        return dx
