"""Policy gradient through known dynamics: a linear feedback u = -K x, quadratic stage costs."""
import numpy as np

A = np.array([[1.0, 0.1], [0.0, 1.0]])
B = np.array([[0.0], [0.1]])
Q, R = np.diag([1.0, 0.1]), np.array([[0.01]])
x0 = np.array([1.0, 0.0])
K = np.array([[0.1, 0.1]])
T = 25

for it in range(100):
    x = x0
    xs, us = [], []
    J = 0.0
    for t in range(T):
        u = -K @ x
        J += x @ Q @ x + u @ R @ u
        xs.append(x)
        us.append(u)
        x = A @ x + B @ u
    J += x @ Q @ x

    dK = np.zeros_like(K)
    lam = 2 * Q @ x
    for t in reversed(range(T)):
        du = 2 * R @ us[t] + B.T @ lam
        dK += -np.outer(du, xs[t])
        lam = 2 * Q @ xs[t] + A.T @ lam - K.T @ du
    K = K - 0.002 * dK
    if it % 20 == 0:
        print(it, J)
