import numpy as np
import matplotlib.pyplot as plt


class FunkSVD:
    """Matrix factorization with biases, trained by SGD."""

    def __init__(self, n_factors=4, lr=0.01, reg=0.05, n_epochs=10):
        self.n_factors = n_factors
        self.lr = lr
        self.reg = reg
        self.n_epochs = n_epochs

    def fit(self, ratings, n_users, n_items):
        rng = np.random.default_rng(0)
        self.P = rng.normal(0, 0.1, (n_users, self.n_factors))
        self.Q = rng.normal(0, 0.1, (n_items, self.n_factors))
        self.bu = np.zeros(n_users)
        self.bi = np.zeros(n_items)
        self.mu = np.mean([r for _, _, r in ratings])
        self.history = []
        for epoch in range(self.n_epochs):
            rng.shuffle(ratings)
            sq = 0.0
            for u, i, r in ratings:
                u, i = int(u), int(i)
                pred = self.mu + self.bu[u] + self.bi[i] + self.P[u].dot(self.Q[i])
                e = r - pred
                sq += e ** 2
                self.bu[u] += self.lr * (e - self.reg * self.bu[u])
                self.bi[i] += self.lr * (e - self.reg * self.bi[i])
                pu = self.P[u].copy()
                self.P[u] += self.lr * (e * self.Q[i] - self.reg * self.P[u])
                self.Q[i] += self.lr * (e * pu - self.reg * self.Q[i])
            self.history.append(np.sqrt(sq / len(ratings)))
        return self


rng = np.random.default_rng(1)
ratings = np.array([(u, i, rng.integers(1, 6)) for u in range(10) for i in range(8) if rng.random() < 0.6], dtype=float)
model = FunkSVD().fit(ratings, 10, 8)
plt.plot(model.history)
plt.xlabel("epoch")
plt.ylabel("RMSE")
