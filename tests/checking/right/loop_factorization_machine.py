# second order factorization machine for regression, one row at a time
import numpy as np

rng = np.random.default_rng(10)
n, d, k = 20, 6, 3
X = rng.normal(size=(n, d))
y = X[:, 0] * X[:, 1] - X[:, 2] + 0.1 * rng.normal(size=n)
w0 = 0.0
w = np.zeros(d)
V = rng.normal(0, 0.2, (d, k))
lr = 0.01

for epoch in range(40):
    sq = 0
    for x, target in zip(X, y):
        s = V.T @ x                                   # (k,)
        inter = 0.5 * np.sum(s ** 2 - (V ** 2).T @ (x ** 2))
        y_hat = w0 + w @ x + inter
        e = y_hat - target
        sq += e ** 2
        dV = e * (np.outer(x, s) - V * (x ** 2)[:, None])
        w0 -= lr * e
        w -= lr * e * x
        V -= lr * dV
    if epoch % 10 == 0:
        print(epoch, 'mse', sq / n)
