# expect: line=38 variable=lam mistake=transpose
# right: lam + dt * J.T @ lam
"""Fit the parameters of a damped pendulum by the adjoint of an Euler scheme."""
import numpy as np

dt = 0.05
T = 12


def f(u, k, c):
    return np.array([u[1], -k * np.sin(u[0]) - c * u[1]])


def simulate(u0, k, c):
    us = [u0]
    for n in range(T):
        us.append(us[-1] + dt * f(us[-1], k, c))
    return us


truth = simulate(np.array([1.0, 0.0]), 4.0, 0.4)
observed = np.array([u[0] for u in truth])

k, c = 3.0, 0.1
rate = 0.5
u0 = np.array([1.0, 0.0])
for it in range(200):
    us = simulate(u0, k, c)
    loss = 0.5 * sum((us[n][0] - observed[n]) ** 2 for n in range(1, T + 1))

    lam = np.zeros(2)
    dk, dc = 0.0, 0.0
    for n in reversed(range(T)):
        lam = lam + np.array([us[n + 1][0] - observed[n + 1], 0.0])
        dk += dt * lam[1] * -np.sin(us[n][0])
        dc += dt * lam[1] * -us[n][1]
        J = np.array([[0.0, 1.0], [-k * np.cos(us[n][0]), -c]])
        lam = lam + dt * J @ lam
    k -= rate * dk
    c -= rate * dc
print(k, c, loss)
