# expect: line=17 variable=dw mistake=regularization
# right: X.T @ dpred + lam * np.sign(w)
import numpy as np

np.random.seed(0)
X = np.random.randn(50, 6)
w_true = np.array([2.0, 0, 0, -1.5, 0, 0.5])
y = X @ w_true + 0.1 * np.random.randn(50)
w = np.random.randn(6) * 0.1
b = 0.0
lam = 0.1
lr = 0.05
for epoch in range(500):
    pred = X @ w + b
    loss = np.mean((pred - y) ** 2) + lam * np.sum(np.abs(w))
    dpred = 2 * (pred - y) / len(y)
    dw = X.T @ dpred + lam * w
    db = np.sum(dpred)
    w -= lr * dw
    b -= lr * db
