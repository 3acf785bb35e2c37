"""A tiny neural ODE with Euler steps, trained through the solver."""
import numpy as np

np.random.seed(1)
D, H, STEPS = 2, 8, 10
h = 0.1
W1 = np.random.randn(H, D) * 0.5
b1 = np.zeros(H)
W2 = np.random.randn(D, H) * 0.5
z_start = np.array([1.0, 0.0])
z_goal = np.array([0.2, 0.9])


def f(z):
    a = np.tanh(W1 @ z + b1)
    return W2 @ a, a


for epoch in range(300):
    zs, acts = [z_start], []
    z = z_start
    for s in range(STEPS):
        dz, a = f(z)
        z = z + h * dz
        zs.append(z)
        acts.append(a)
    loss = np.sum((z - z_goal) ** 2)

    gW1, gb1, gW2 = np.zeros_like(W1), np.zeros_like(b1), np.zeros_like(W2)
    adj = 2 * (z - z_goal)
    for s in range(STEPS - 1, -1, -1):
        up = h * adj
        gW2 += np.outer(up, acts[s])
        pre = (W2.T @ up) * (1 - acts[s] ** 2)
        gW1 += np.outer(pre, zs[s])
        gb1 += pre
        adj = adj + W1.T @ pre
    W1 -= 0.1 * gW1
    b1 -= 0.1 * gb1
    W2 -= 0.1 * gW2
    if epoch % 50 == 0:
        print("epoch", epoch, "loss", loss)
