import numpy as np

t = np.linspace(0, 4, 30)
rng = np.random.default_rng(0)
y = 2.5 * np.exp(-1.3 * t) + 0.5 + 0.02 * rng.normal(size=t.size)

p = np.array([1.0, 0.5, 0.0])
mu = 1e-2


def model(p):
    return p[0] * np.exp(-p[1] * t) + p[2]


for it in range(30):
    r = model(p) - y
    cost = 0.5 * r @ r
    J = np.column_stack([np.exp(-p[1] * t), -p[0] * t * np.exp(-p[1] * t), np.ones_like(t)])
    g = J.T @ r
    H = J.T @ J
    step = np.linalg.solve(H + mu * np.diag(np.diag(H)), -g)
    r_new = model(p + step) - y
    if 0.5 * r_new @ r_new < cost:
        p = p + step
        mu = mu * 0.3
    else:
        mu = mu * 2.0
    if np.linalg.norm(g) < 1e-8:
        break
print(it, cost, p)
