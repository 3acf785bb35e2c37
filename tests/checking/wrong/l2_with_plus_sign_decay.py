# expect: line=16 variable=gw mistake=regularization
# right: X.T @ (p - y) / len(y) + lam * w
import numpy as np

np.random.seed(131)
X = np.random.randn(22, 5)
y = (X[:, 1] > 0).astype(float)
w = np.random.randn(5)
b = 0.1
lr = 0.1
lam = 0.05

for i in range(100):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) + lam / 2 * np.sum(w ** 2)
    gw = X.T @ (p - y) / len(y) - lam * w
    gb = np.mean(p - y)
    w -= lr * gw
    b -= lr * gb
