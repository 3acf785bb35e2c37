# expect: line=16 variable=grad0 mistake=scale
# right: r.sum(keepdims=True)
import numpy as np

rng = np.random.default_rng(0)
n = 40
X = rng.normal(size=(n, 3))
y = rng.poisson(np.exp(0.3 * X[:, 0]))
beta = np.zeros(3)
b0 = np.zeros(1)
for it in range(500):
    mu = np.exp(X @ beta + b0)
    nll = np.sum(mu - y * np.log(mu)) / n
    r = (mu - y) / n
    grad = X.T @ r
    grad0 = r.sum(keepdims=True) / n
    beta -= 0.1 * grad
    b0 -= 0.1 * grad0
