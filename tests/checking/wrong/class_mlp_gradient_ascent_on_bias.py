# expect: line=36 variable=self.b2 mistake=update-sign
# right: self.b2 -= self.lr * self.db2
import numpy as np

class TinyMLP:
    def __init__(self, sizes, lr=0.05):
        rng = np.random.default_rng(0)
        self.W1 = rng.normal(0, 0.5, (sizes[0], sizes[1]))
        self.b1 = np.zeros(sizes[1])
        self.W2 = rng.normal(0, 0.5, (sizes[1], sizes[2]))
        self.b2 = np.zeros(sizes[2])
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.h = np.tanh(X @ self.W1 + self.b1)
        self.out = self.h @ self.W2 + self.b2
        return self.out

    def loss(self, y):
        return np.mean((self.out - y) ** 2)

    def backward(self, y):
        dout = 2 * (self.out - y) / y.size
        self.dW2 = self.h.T @ dout
        self.db2 = dout.sum(axis=0)
        dh = dout @ self.W2.T
        dz = dh * (1 - self.h ** 2)
        self.dW1 = self.X.T @ dz
        self.db1 = dz.sum(axis=0)

    def step(self):
        self.W1 -= self.lr * self.dW1
        self.b1 -= self.lr * self.db1
        self.W2 -= self.lr * self.dW2
        self.b2 += self.lr * self.db2


rng = np.random.default_rng(1)
X = rng.normal(size=(20, 3))
y = np.stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]], axis=1)
net = TinyMLP([3, 8, 2])
for epoch in range(100):
    net.forward(X)
    net.backward(y)
    net.step()
print(net.loss(y))
