# expect: line=22 variable=d1 mistake=crash
# right: (d2 @ self.W2.T) * (1 - self.a1**2)
import numpy as np


class TwoLayer:
    def __init__(self):
        np.random.seed(0)
        self.W1 = np.random.randn(3, 4)
        self.W2 = np.random.randn(4, 1)

    def forward(self, X):
        self.z1 = X @ self.W1
        self.a1 = np.tanh(self.z1)
        self.a2 = self.a1 @ self.W2
        return self.a2

    def backward(self, X, y):
        m = X.shape[0]
        d2 = 2 * (self.a2 - y) / m
        self.dW2 = self.a1.T @ d2
        d1 = (d2 @ self.W2.T) * (1 - a1**2)
        self.dW1 = X.T @ d1

    def update(self, lr):
        self.W1 -= lr * self.dW1
        self.W2 -= lr * self.dW2


X = np.random.default_rng(0).normal(size=(10, 3))
y = X[:, :1] ** 2
net = TwoLayer()
for i in range(100):
    net.forward(X)
    net.backward(X, y)
    net.update(0.05)
print(np.mean((net.a2 - y) ** 2))
