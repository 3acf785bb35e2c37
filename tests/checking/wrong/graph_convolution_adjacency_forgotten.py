# expect: line=31 variable=dW0 mistake=wrong-operand
# right: (self.A @ self.X).T @ dZ0
import numpy as np


class GCN:
    def __init__(self, A, n_feat, n_hid, n_cls, rng):
        A = A + np.eye(len(A))
        d = A.sum(axis=1) ** -0.5
        self.A = d[:, None] * A * d
        self.W0 = rng.normal(size=(n_feat, n_hid)) * 0.3
        self.W1 = rng.normal(size=(n_hid, n_cls)) * 0.3

    def forward(self, X):
        self.X = X
        self.Z0 = self.A @ X @ self.W0
        self.H = np.maximum(self.Z0, 0)
        self.Z1 = self.A @ self.H @ self.W1
        e = np.exp(self.Z1 - self.Z1.max(1, keepdims=True))
        self.P = e / e.sum(1, keepdims=True)
        return self.P

    def train(self, X, Y, train_mask, lr=0.2):
        P = self.forward(X)
        n = train_mask.sum()
        loss = -np.sum(train_mask[:, None] * Y * np.log(P)) / n
        dZ1 = (P - Y) * train_mask[:, None] / n
        dW1 = (self.A @ self.H).T @ dZ1
        dH = self.A.T @ dZ1 @ self.W1.T
        dZ0 = dH * (self.Z0 > 0)
        dW0 = self.X.T @ dZ0
        self.W0 -= lr * dW0
        self.W1 -= lr * dW1
        return loss


rng = np.random.default_rng(1)
A = (rng.random((10, 10)) < 0.3).astype(float)
A = np.triu(A, 1) + np.triu(A, 1).T
gcn = GCN(A, 5, 6, 3, rng)
X = rng.normal(size=(10, 5))
Y = np.eye(3)[rng.integers(0, 3, 10)]
mask = np.array([1, 1, 0, 1, 0, 1, 1, 0, 1, 0], dtype=float)
for epoch in range(30):
    gcn.train(X, Y, mask)
