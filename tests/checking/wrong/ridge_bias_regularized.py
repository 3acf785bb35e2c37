# expect: line=15 variable=grad_b mistake=regularization
# right: res.mean()
import numpy as np

rng = np.random.default_rng(7)
X = rng.normal(size=(25, 3))
y = X @ np.array([2.0, 0.0, -1.0]) + 4
w = rng.normal(size=3)
b = np.array(1.0)
lam = 0.3
for k in range(400):
    res = X @ w + b - y
    cost = 0.5 * np.mean(res**2) + 0.5 * lam * np.sum(w**2)
    grad_w = X.T @ res / len(y) + lam * w
    grad_b = res.mean() + lam * b
    w = w - 0.1 * grad_w
    b = b - 0.1 * grad_b
