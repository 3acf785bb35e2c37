# expect: line=45 variable=d1 mistake=derivative-at-wrong-point
# right: (d2 @ self.W2.T) * self.a1 * (1 - self.a1)
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class MLP:
    """Two hidden layers, softmax on top."""

    def __init__(self, n_in, n_h1, n_h2, n_out, lr=0.05, seed=0):
        rng = np.random.RandomState(seed)
        self.W1 = rng.randn(n_in, n_h1) * 0.1
        self.b1 = np.zeros(n_h1)
        self.W2 = rng.randn(n_h1, n_h2) * 0.1
        self.b2 = np.zeros(n_h2)
        self.W3 = rng.randn(n_h2, n_out) * 0.1
        self.b3 = np.zeros(n_out)
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.a1 = sigmoid(X @ self.W1 + self.b1)
        self.a2 = sigmoid(self.a1 @ self.W2 + self.b2)
        z3 = self.a2 @ self.W3 + self.b3
        e = np.exp(z3 - z3.max(axis=1, keepdims=True))
        self.probs = e / e.sum(axis=1, keepdims=True)
        return self.probs

    def loss(self, y):
        return -np.mean(np.log(self.probs[np.arange(len(y)), y]))

    def backward(self, y):
        n = len(y)
        d3 = self.probs.copy()
        d3[np.arange(n), y] -= 1
        d3 /= n
        self.dW3 = self.a2.T @ d3
        self.db3 = d3.sum(axis=0)
        d2 = (d3 @ self.W3.T) * self.a2 * (1 - self.a2)
        self.dW2 = self.a1.T @ d2
        self.db2 = d2.sum(axis=0)
        d1 = (d2 @ self.W2.T) * self.a2 * (1 - self.a2)
        self.dW1 = self.X.T @ d1
        self.db1 = d1.sum(axis=0)

    def step(self):
        for name in ("W1", "b1", "W2", "b2", "W3", "b3"):
            w = getattr(self, name)
            w -= self.lr * getattr(self, "d" + name)


rng = np.random.RandomState(3)
X = rng.randn(20, 5)
y = rng.randint(0, 3, 20)
net = MLP(5, 6, 6, 3)
for epoch in range(50):
    net.forward(X)
    if epoch % 10 == 0:
        print(net.loss(y))
    net.backward(y)
    net.step()
