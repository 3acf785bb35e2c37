# binds: dW1 dW2 db1 db2 loss
import numpy as np

class Variable:
    pass
class TwoLayer:
    def __init__(self, D, H, C):
        self.W1, self.b1 = np.random.randn(D, H), np.zeros((1, H))
        self.W2, self.b2 = np.random.randn(H, C), np.zeros((1, C))
    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = np.tanh(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        e = np.exp(self.Z2 - self.Z2.max(1, keepdims=True))
        self.probs = e / e.sum(1, keepdims=True)
        return self.probs
    def backward(self, X, Y):
        m = X.shape[0]
        dZ2 = (self.probs - Y) / m
        self.dW2 = self.A1.T @ dZ2
        self.db2 = dZ2.sum(0, keepdims=True)
        dZ1 = dZ2 @ self.W2.T * (1 - self.A1**2)
        self.dW1 = X.T @ dZ1
        self.db1 = dZ1.sum(0, keepdims=True)
    def cross_entropy(self, Y):
        return -np.mean(np.sum(Y*np.log(self.probs), axis=1))
    def update(self, lr=0.1):
        self.W1 -= lr*self.dW1; self.b1 -= lr*self.db1
        self.W2 -= lr*self.dW2; self.b2 -= lr*self.db2
