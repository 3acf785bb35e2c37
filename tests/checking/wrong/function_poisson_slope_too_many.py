# expect: line=13 variable=residual mistake=wrong-operand|wrong-derivative
# right: rate - counts
import numpy as np


def fit_poisson(X, counts, lr=0.02, n_iter=200):
    n, d = X.shape
    w = np.zeros(d)
    for _ in range(n_iter):
        eta = X @ w
        rate = np.exp(eta)
        nll = np.mean(rate - counts * eta)
        residual = (rate - counts) * rate
        grad = X.T @ residual / n
        w -= lr * grad
    return w


rng = np.random.RandomState(1)
X = rng.randn(100, 3)
counts = rng.poisson(np.exp(X @ np.array([0.3, -0.2, 0.5]))).astype(float)
print(fit_poisson(X, counts))
