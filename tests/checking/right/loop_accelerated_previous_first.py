import numpy as np
rng = np.random.default_rng(3)
A = rng.normal(size=(40, 10)); y = A @ np.r_[1., -2, np.zeros(8)] + .01 * rng.normal(size=40)
x = np.zeros(10); x_prev = x.copy()
lr = 1 / np.linalg.norm(A, 2) ** 2
for k in range(1, 30):
    z = x + (k - 1) / (k + 2) * (x - x_prev)
    r = A @ z - y
    loss = 0.5 * r @ r
    g = A.T @ r
    x_prev = x
    x = z - lr * g
print(x.round(2), loss)
