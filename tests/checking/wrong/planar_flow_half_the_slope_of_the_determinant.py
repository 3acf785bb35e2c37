# expect: line=22 variable=dt mistake=scale
# right: df @ u + ddet * (u @ w) * (-2 * t)

import numpy as np

rng = np.random.default_rng(2)
z = rng.normal(size=(40, 2))
u = rng.normal(size=2) * 0.2
w = rng.normal(size=2) * 0.5
b = 0.1
lr = 0.02
for it in range(30):
    a = z @ w + b
    t = np.tanh(a)
    f = z + t[:, None] * u
    psi = 1 - t**2
    det = 1 + psi * (u @ w)
    loss = 0.5 * np.sum(f**2) / 40 - np.sum(np.log(np.abs(det))) / 40

    df = f / 40
    ddet = -1 / det / 40
    dt = df @ u + ddet * (u @ w) * (-t)
    da = dt * psi
    du = df.T @ t + np.sum(ddet * psi) * w
    dw = z.T @ da + np.sum(ddet * psi) * u
    db = da.sum()
    u = u - lr * du
    w = w - lr * dw
    b = b - lr * db
