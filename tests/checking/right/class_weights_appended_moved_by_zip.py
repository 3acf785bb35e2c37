"""Regressor in scikit-learn's fashion: validation split, momentum, learning-rate plateau."""
import numpy as np


class BaseRegressor:
    def get_params(self):
        return {k: v for k, v in self.__dict__.items() if not k.endswith("_")}

    def score(self, X, y):
        u = ((y - self.predict(X)) ** 2).sum()
        v = ((y - y.mean(0)) ** 2).sum()
        return 1 - u / v


class MLPRegressor(BaseRegressor):
    def __init__(self, hidden_layer_sizes=(6, 4), alpha=1e-3, learning_rate_init=0.05, momentum=0.9, max_iter=30, random_state=0):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.alpha = alpha
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.max_iter = max_iter
        self.random_state = random_state

    def _init(self, n_in, n_out):
        rng = np.random.RandomState(self.random_state)
        units = [n_in, *self.hidden_layer_sizes, n_out]
        self.coefs_, self.intercepts_ = [], []
        for a, b in zip(units[:-1], units[1:]):
            bound = np.sqrt(6.0 / (a + b))
            self.coefs_.append(rng.uniform(-bound, bound, (a, b)))
            self.intercepts_.append(np.zeros(b))
        self.velocities_ = [np.zeros_like(p) for p in self.coefs_ + self.intercepts_]

    def _forward_pass(self, activations):
        last = len(self.coefs_) - 1
        for i, (W, b) in enumerate(zip(self.coefs_, self.intercepts_)):
            activations[i + 1] = activations[i] @ W
            activations[i + 1] += b
            if i != last:
                np.tanh(activations[i + 1], out=activations[i + 1])
        return activations

    def _backprop(self, X, y, activations, deltas, coef_grads, intercept_grads):
        n = X.shape[0]
        activations = self._forward_pass(activations)
        loss = ((y - activations[-1]) ** 2).mean() / 2
        loss += 0.5 * self.alpha * sum(np.dot(s.ravel(), s.ravel()) for s in self.coefs_) / n
        last = len(self.coefs_) - 1
        deltas[last] = (activations[-1] - y) / y.shape[1]
        self._grad(last, n, activations, deltas, coef_grads, intercept_grads)
        for i in range(last, 0, -1):
            deltas[i - 1] = deltas[i] @ self.coefs_[i].T
            deltas[i - 1] *= 1 - activations[i] ** 2
            self._grad(i - 1, n, activations, deltas, coef_grads, intercept_grads)
        return loss, coef_grads, intercept_grads

    def _grad(self, layer, n, activations, deltas, coef_grads, intercept_grads):
        coef_grads[layer] = activations[layer].T @ deltas[layer]
        coef_grads[layer] += self.alpha * self.coefs_[layer]
        coef_grads[layer] /= n
        intercept_grads[layer] = np.mean(deltas[layer], 0)

    def fit(self, X, y):
        cut = int(0.8 * len(X))
        X, X_val, y, y_val = X[:cut], X[cut:], y[:cut], y[cut:]
        self._init(X.shape[1], y.shape[1])
        lr = self.learning_rate_init
        n_layers = len(self.coefs_)
        self.best_, bad = -np.inf, 0
        for it in range(self.max_iter):
            activations = [X] + [None] * n_layers
            deltas = [None] * n_layers
            coef_grads, intercept_grads = [None] * n_layers, [None] * n_layers
            self.loss_, coef_grads, intercept_grads = self._backprop(X, y, activations, deltas, coef_grads, intercept_grads)
            grads = coef_grads + intercept_grads
            updates = [self.momentum * v - lr * g for v, g in zip(self.velocities_, grads)]
            self.velocities_ = updates
            for param, update in zip(self.coefs_ + self.intercepts_, updates):
                param += update
            score = self.score(X_val, y_val)
            if score > self.best_ + 1e-4:
                self.best_, bad = score, 0
            else:
                bad += 1
            if bad > 4:
                lr, bad = lr / 5, 0
        return self

    def predict(self, X):
        return self._forward_pass([X] + [None] * len(self.coefs_))[-1]


rng = np.random.RandomState(3)
X = rng.randn(50, 3)
y = np.c_[X[:, 0] * X[:, 1], np.cos(X[:, 2])]
model = MLPRegressor().fit(X, y)
print(model.loss_, model.best_)
