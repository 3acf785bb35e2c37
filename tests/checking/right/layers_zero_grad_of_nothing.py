import numpy as np

rng = np.random.default_rng(3)


class Linear:
    def __init__(self, n, m):
        self.W = rng.normal(0, 0.5, (m, n))
        self.b = np.zeros(m)
        self.zero_grad()

    def zero_grad(self):
        self.dW = np.zeros(self.W.shape)
        self.db = np.zeros(self.b.shape)

    def forward(self, x):
        self.x = x
        return self.W @ x + self.b

    def backward(self, delta):
        self.dW += np.outer(delta, self.x)
        self.db += delta
        return self.W.T @ delta

    def apply(self, lr, n):
        self.W -= lr / n * self.dW
        self.b -= lr / n * self.db


class Softplus:
    def zero_grad(self):
        pass

    def forward(self, x):
        self.x = x
        return np.log1p(np.exp(x))

    def backward(self, delta):
        return delta / (1 + np.exp(-self.x))

    def apply(self, lr, n):
        pass


net = [Linear(3, 4), Softplus(), Linear(4, 2)]
X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
for epoch in range(3):
    for l in net:
        l.zero_grad()
    loss = 0.0
    for x, y in zip(X, Y):
        a = x
        for l in net:
            a = l.forward(a)
        loss += 0.5 * np.sum((a - y) ** 2)
        delta = a - y
        for l in reversed(net):
            delta = l.backward(delta)
    for l in net:
        l.apply(0.1, len(X))
    print(loss / len(X))
