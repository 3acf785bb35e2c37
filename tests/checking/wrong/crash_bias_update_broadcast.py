# expect: line=27|29 variable=db1 mistake=crash|wrong-axis
# right: dZ1.sum(axis=0)
import numpy as np

class Net:
    def __init__(self, n_in, n_hidden, n_out):
        rng = np.random.default_rng(8)
        self.W1 = rng.normal(size=(n_in, n_hidden))
        self.b1 = np.zeros(n_hidden)
        self.W2 = rng.normal(size=(n_hidden, n_out))
        self.b2 = np.zeros(n_out)

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = np.maximum(self.Z1, 0)
        self.Z2 = self.A1 @ self.W2 + self.b2
        return self.Z2

    def train_step(self, X, Y, lr):
        out = self.forward(X)
        loss = np.mean((out - Y) ** 2)
        dZ2 = 2 * (out - Y) / out.size
        dW2 = self.A1.T @ dZ2
        db2 = dZ2.sum(axis=0)
        dZ1 = (dZ2 @ self.W2.T) * (self.Z1 > 0)
        dW1 = X.T @ dZ1
        db1 = dZ1.sum(axis=1)
        self.W1 -= lr * dW1
        self.b1 -= lr * db1
        self.W2 -= lr * dW2
        self.b2 -= lr * db2
        return loss


rng = np.random.default_rng(9)
X, Y = rng.normal(size=(10, 3)), rng.normal(size=(10, 2))
net = Net(3, 6, 2)
for i in range(30):
    net.train_step(X, Y, 0.1)
