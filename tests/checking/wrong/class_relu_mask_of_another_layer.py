# expect: line=24 variable=mask mistake=derivative-at-wrong-point
# right: self.h1 > 0
import numpy as np


class Net:
    def __init__(self, d, h, c):
        self.W1 = np.random.randn(d, h) * 0.5
        self.W2 = np.random.randn(h, h) * 0.5
        self.W3 = np.random.randn(h, c) * 0.5

    def forward(self, X):
        self.X = X
        self.h1 = np.maximum(X @ self.W1, 0)
        self.h2 = np.maximum(self.h1 @ self.W2, 0)
        return self.h2 @ self.W3

    def backward(self, dout):
        dW3 = self.h2.T @ dout
        dh2 = dout @ self.W3.T
        dh2 = dh2 * (self.h2 > 0)
        dW2 = self.h1.T @ dh2
        dh1 = dh2 @ self.W2.T
        mask = self.h2 > 0
        dh1 = dh1 * mask
        dW1 = self.X.T @ dh1
        return dW1, dW2, dW3


np.random.seed(5)
X = np.random.randn(30, 4)
Y = np.random.randn(30, 2)
net = Net(4, 7, 2)
for i in range(100):
    out = net.forward(X)
    loss = np.sum((out - Y) ** 2)
    g = net.backward(2 * (out - Y))
    net.W1 -= 1e-4 * g[0]
    net.W2 -= 1e-4 * g[1]
    net.W3 -= 1e-4 * g[2]
