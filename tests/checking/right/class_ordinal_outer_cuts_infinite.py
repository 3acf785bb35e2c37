"""Proportional odds model, thresholds kept in order by exponentiated gaps."""
import numpy as np


class OrdinalRegression:
    def __init__(self, n_classes, lr=0.1, n_iter=50):
        self.n_classes = n_classes
        self.lr = lr
        self.n_iter = n_iter

    @staticmethod
    def _sigma(z):
        return 1 / (1 + np.exp(-z))

    def _thresholds(self):
        return np.cumsum(np.concatenate([[self.t0_], np.exp(self.gaps_)]))

    def fit(self, X, y):
        n, d = X.shape
        self.coef_ = np.zeros(d)
        self.t0_ = -1.0
        self.gaps_ = np.zeros(self.n_classes - 2)
        self.history_ = []
        for _ in range(self.n_iter):
            th = self._thresholds()
            eta = X @ self.coef_
            upper = np.append(th, np.inf)[y]
            lower = np.insert(th, 0, -np.inf)[y]
            Fu, Fl = self._sigma(upper - eta), self._sigma(lower - eta)
            prob = Fu - Fl
            loss = -np.mean(np.log(prob))
            self.history_.append(loss)
            fu, fl = Fu * (1 - Fu), Fl * (1 - Fl)
            d_eta = (fu - fl) / prob / n
            grad_coef = X.T @ d_eta
            grad_th = np.zeros(len(th))
            has_upper = y < self.n_classes - 1
            has_lower = y > 0
            np.add.at(grad_th, y[has_upper], -(fu / prob)[has_upper] / n)
            np.add.at(grad_th, y[has_lower] - 1, (fl / prob)[has_lower] / n)
            grad_t0 = grad_th.sum()
            grad_gaps = np.cumsum(grad_th[::-1])[::-1][1:] * np.exp(self.gaps_)
            self.coef_ -= self.lr * grad_coef
            self.t0_ -= self.lr * grad_t0
            self.gaps_ -= self.lr * grad_gaps
        return self


rng = np.random.default_rng(1)
X = rng.normal(size=(60, 3))
y = np.digitize(X @ [1.0, -1.0, 0.5] + rng.logistic(size=60), [-1, 0, 1])
model = OrdinalRegression(4).fit(X, y)
print(model.coef_, model.history_[-1])
