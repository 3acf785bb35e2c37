# expect: line=12 variable=return mistake=wrong-derivative
# right: return (loss, X.T @ d, d.sum())
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)); y = (X @ np.array([1., -2., .5, 0.]) > 0).astype(float)
w = np.zeros(4); b = 0.0; lr, rho = 0.1, 0.05

def loss_and_grad(w, b):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    d = (p - y) / len(y)
    return loss, X.T @ (d * p), d.sum()

for step in range(50):
    loss, gw, gb = loss_and_grad(w, b)
    norm = np.sqrt((gw ** 2).sum() + gb ** 2)
    w_adv = w + rho * gw / norm
    b_adv = b + rho * gb / norm
    _, gw, gb = loss_and_grad(w_adv, b_adv)
    w -= lr * gw
    b -= lr * gb
print(loss)
