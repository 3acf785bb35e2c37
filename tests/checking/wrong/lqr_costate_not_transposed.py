# expect: line=24 variable=lam mistake=transpose
# right: Q @ xs[k + 1] + A.T @ lam
import numpy as np


def rollout(A, B, x0, u):
    xs = [x0]
    for k in range(len(u)):
        xs.append(A @ xs[-1] + B @ u[k])
    return xs


def cost(xs, u, Q, R):
    J = 0.0
    for k in range(len(u)):
        J += 0.5 * xs[k + 1] @ Q @ xs[k + 1] + 0.5 * u[k] @ R @ u[k]
    return J


def gradient(A, B, xs, u, Q, R):
    grad_u = np.zeros_like(u)
    lam = np.zeros(A.shape[0])
    for k in reversed(range(len(u))):
        lam = Q @ xs[k + 1] + A @ lam
        grad_u[k] = R @ u[k] + B.T @ lam
    return grad_u


A = np.array([[1.0, 0.1], [-0.2, 0.9]])
B = np.array([[0.0], [0.1]])
Q = np.diag([1.0, 0.1])
R = np.array([[0.01]])
x0 = np.array([1.0, 0.0])
u = np.zeros((10, 1))
for it in range(200):
    xs = rollout(A, B, x0, u)
    J = cost(xs, u, Q, R)
    u = u - 0.5 * gradient(A, B, xs, u, Q, R)
print(J)
