import numpy as np


def f(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def grad_f(x):
    return np.array([
        -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]),
        200 * (x[1] - x[0] ** 2),
    ])


def bfgs(x0, tol=1e-6, max_iter=100):
    x = x0
    H = np.eye(len(x))
    g = grad_f(x)
    for k in range(max_iter):
        if np.linalg.norm(g) < tol:
            break
        p = -H @ g
        alpha = 1.0
        while f(x + alpha * p) > f(x) + 1e-4 * alpha * g @ p:
            alpha *= 0.5
        s = alpha * p
        x_new = x + s
        g_new = grad_f(x_new)
        y = g_new - g
        rho = 1.0 / (y @ s)
        I = np.eye(len(x))
        H = (I - rho * np.outer(s, y)) @ H @ (I - rho * np.outer(y, s)) + rho * np.outer(s, s)
        x, g = x_new, g_new
    return x, k


x, k = bfgs(np.array([-1.2, 1.0]))
print(x, k)
