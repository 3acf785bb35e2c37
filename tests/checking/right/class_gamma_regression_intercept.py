"""Gamma GLM with log link for insurance claims, plain gradient descent."""
from typing import Tuple

import numpy as np


class GammaRegressor:
    def __init__(self, alpha: float = 0.01, lr: float = 0.05, max_iter: int = 300, tol: float = 1e-7):
        self.alpha = alpha
        self.lr = lr
        self.max_iter = max_iter
        self.tol = tol

    def _deviance(self, X: np.ndarray, y: np.ndarray) -> Tuple[float, np.ndarray]:
        eta = X @ self.coef_ + self.intercept_
        mu = np.exp(eta)
        dev = 2 * np.mean(np.log(mu / y) + y / mu - 1)
        dev += self.alpha * self.coef_ @ self.coef_
        d_eta = 2 * (1 - y / mu) / len(y)
        return dev, d_eta

    def fit(self, X, y):
        self.coef_ = np.zeros(X.shape[1])
        self.intercept_ = np.log(y.mean())
        last = np.inf
        for self.n_iter_ in range(self.max_iter):
            dev, d_eta = self._deviance(X, y)
            if last - dev < self.tol:
                break
            last = dev
            self.coef_ = self.coef_ - self.lr * (X.T @ d_eta + 2 * self.alpha * self.coef_)
            self.intercept_ = self.intercept_ - self.lr * d_eta.sum()
        return self

    def predict(self, X):
        return np.exp(X @ self.coef_ + self.intercept_)


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    mu = np.exp(0.5 + X @ np.array([0.3, -0.2, 0.1]))
    y = rng.gamma(shape=4.0, scale=mu / 4.0)
    m = GammaRegressor().fit(X, y)
    print(m.coef_, m.intercept_, m.n_iter_)
