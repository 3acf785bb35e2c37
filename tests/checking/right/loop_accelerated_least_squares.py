import numpy as np
rng = np.random.default_rng(3)
A = rng.normal(size=(40, 10)); y = A @ np.r_[1., -2, np.zeros(8)] + .01 * rng.normal(size=40)
x = np.zeros(10); z = np.zeros(10); t = 1.0
L = np.linalg.norm(A, 2) ** 2
for k in range(30):
    r = A @ z - y
    loss = 0.5 * r @ r
    g = A.T @ r
    x_new = z - g / L
    t_new = (1 + np.sqrt(1 + 4 * t * t)) / 2
    z = x_new + (t - 1) / t_new * (x_new - x)
    x, t = x_new, t_new
print(x.round(2), loss)
