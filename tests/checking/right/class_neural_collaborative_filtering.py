import numpy as np


class NCF:
    def __init__(self, n_users, n_items, k=4, hidden=6, lr=0.1, seed=0):
        rng = np.random.default_rng(seed)
        self.P = rng.normal(0, 0.3, (n_users, k))
        self.Q = rng.normal(0, 0.3, (n_items, k))
        self.W = rng.normal(0, 0.3, (2 * k, hidden))
        self.b = np.zeros(hidden)
        self.v = rng.normal(0, 0.3, hidden)
        self.k, self.lr = k, lr

    def predict(self, u, i):
        self.x = np.concatenate((self.P[u], self.Q[i]))
        self.h = np.maximum(0, self.x @ self.W + self.b)
        return 1 / (1 + np.exp(-(self.h @ self.v)))

    def partial_fit(self, u, i, y):
        p = self.predict(u, i)
        loss = -np.log(p) if y else -np.log(1 - p)
        d = p - y
        dv = d * self.h
        dh = d * self.v * (self.h > 0)
        dW = np.outer(self.x, dh)
        dx = self.W @ dh
        self.v -= self.lr * dv
        self.W -= self.lr * dW
        self.b -= self.lr * dh
        self.P[u] -= self.lr * dx[:self.k]
        self.Q[i] -= self.lr * dx[self.k:]
        return loss


rng = np.random.default_rng(1)
clicks = [(int(u), int(i), int((u + i) % 2)) for u, i in rng.integers(0, 5, (40, 2))]
net = NCF(5, 5)
for epoch in range(5):
    print(epoch, np.mean([net.partial_fit(*c) for c in clicks]))
