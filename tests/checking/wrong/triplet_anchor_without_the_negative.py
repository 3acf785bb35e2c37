# expect: line=21 variable=da mistake=wrong-operand
# right: 2 * (n - p) * active

import numpy as np

rng = np.random.default_rng(6)
A = rng.normal(size=(10, 5))
P = A + 0.1 * rng.normal(size=(10, 5))
Ng = rng.normal(size=(10, 5))
W = 0.3 * rng.normal(size=(5, 3))
margin = 4.0
lr = 0.01
for step in range(40):
    a, p, n = A @ W, P @ W, Ng @ W
    dist_p = np.sum((a - p) ** 2, axis=1)
    dist_n = np.sum((a - n) ** 2, axis=1)
    hinge = np.maximum(0, margin + dist_p - dist_n)
    loss = hinge.mean()

    active = (hinge > 0)[:, None] / len(A)
    da = 2 * (a - p) * active
    dp = -2 * (a - p) * active
    dn = 2 * (a - n) * active
    dW = A.T @ da + P.T @ dp + Ng.T @ dn
    W -= lr * dW
