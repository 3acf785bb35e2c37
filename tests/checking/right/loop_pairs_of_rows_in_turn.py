import numpy as np

rng = np.random.default_rng(0)
theta = rng.uniform(-0.01, 0.01, size=(10, 2))
pairs = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5), (2, 6)]


def distance(u, v):
    return np.sum((u - v) ** 2)


def grad_u(u, v):
    return 2 * (u - v)


lr = 0.05
for epoch in range(20):
    loss = 0.0
    for i, j in pairs:
        u, v = theta[i].copy(), theta[j].copy()
        d = distance(u, v)
        loss = 0.5 * d**2
        gu = d * grad_u(u, v)
        gv = d * grad_u(v, u)
        theta[i] = u - lr * gu
        theta[j] = v - lr * gv
    print(epoch, loss)
