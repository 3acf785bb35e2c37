import numpy as np


class PoissonRegression:
    def __init__(self, n_iter=200, lr=1e-3, l2=0.1):
        self.n_iter, self.lr, self.l2 = n_iter, lr, l2

    def nll(self, X, y):
        rate = np.exp(X @ self.coef_ + self.intercept_)
        return np.sum(rate - y * np.log(rate)) + 0.5 * self.l2 * self.coef_ @ self.coef_

    def grad(self, X, y):
        rate = np.exp(X @ self.coef_ + self.intercept_)
        resid = rate - y
        return X.T @ resid + self.l2 * self.coef_, resid.sum()

    def fit(self, X, y):
        self.coef_ = np.zeros(X.shape[1])
        self.intercept_ = 0.0
        m_w = np.zeros_like(self.coef_)
        m_b = 0.0
        for _ in range(self.n_iter):
            g_w, g_b = self.grad(X, y)
            m_w = 0.9 * m_w + g_w
            m_b = 0.9 * m_b + g_b
            self.coef_ -= self.lr * m_w
            self.intercept_ -= self.lr * m_b
        return self


rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = rng.poisson(np.exp(0.3 * X[:, 0] - 0.2 * X[:, 1] + 0.5))
model = PoissonRegression().fit(X, y)
print(model.coef_, model.nll(X, y))
