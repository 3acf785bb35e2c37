# expect: line=28 variable=self.offset mistake=update-sign
# right: self.offset = self.offset - self.rate * d_eta.sum()
"""Poisson regression that stops when the deviance no longer falls."""
import numpy as np


class PoissonRegression:
    def __init__(self, rate=0.05, steps=200):
        self.rate = rate
        self.steps = steps

    def deviance(self, X, counts):
        eta = X @ self.slopes + self.offset
        mu = np.exp(eta)
        dev = 2 * np.mean(mu - counts * eta)
        d_eta = 2 * (mu - counts) / len(counts)
        return dev, d_eta

    def fit(self, X, counts):
        self.slopes, self.offset = np.zeros(X.shape[1]), 0.1
        best = np.inf
        for _ in range(self.steps):
            dev, d_eta = self.deviance(X, counts)
            if dev > best:
                break
            best = dev
            self.slopes = self.slopes - self.rate * X.T @ d_eta
            self.offset = self.offset + self.rate * d_eta.sum()
        return self


rng = np.random.default_rng(8)
X = rng.uniform(-1, 1, (60, 2))
counts = rng.poisson(np.exp(0.4 + X @ np.array([0.6, -0.5])))
model = PoissonRegression().fit(X, counts)
