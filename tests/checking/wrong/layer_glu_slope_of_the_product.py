# expect: line=25 variable=dpre mistake=derivative-at-wrong-point|wrong-operand
# right: dout * self.out * (1 - self.gate)

import numpy as np


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


class GLU:
    def __init__(self, d):
        self.W = np.random.randn(d, d) * 0.5
        self.V = np.random.randn(d, d) * 0.5

    def forward(self, x):
        self.x = x
        self.a = x @ self.W
        self.gate = sigmoid(x @ self.V)
        self.out = self.a * self.gate
        return self.out

    def backward(self, dout):
        da = dout * self.gate
        dpre = dout * self.out * (1 - self.out)
        self.dW = self.x.T @ da
        self.dV = self.x.T @ dpre
        return da @ self.W.T + dpre @ self.V.T


layer = GLU(4)
out = layer.forward(np.random.randn(3, 4))
dx = layer.backward(np.random.randn(3, 4))
