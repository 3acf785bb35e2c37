"""Swing a pendulum to a goal angle: find the torque sequence by gradient descent."""
import numpy as np

dt, T = 0.05, 20
g, l, m = 9.81, 1.0, 1.0
goal = np.pi / 4
u = np.zeros(T)
alpha = 0.5


def rollout(u):
    theta, omega = 0.0, 0.0
    states = [(theta, omega)]
    for t in range(T):
        acc = -g / l * np.sin(theta) + u[t] / (m * l ** 2)
        omega = omega + dt * acc
        theta = theta + dt * omega
        states.append((theta, omega))
    return states


for it in range(100):
    states = rollout(u)
    theta_T, omega_T = states[-1]
    cost = (theta_T - goal) ** 2 + 0.1 * omega_T ** 2 + 1e-3 * np.sum(u ** 2)

    # costates, backwards in time
    lam_theta = 2 * (theta_T - goal)
    lam_omega = 0.2 * omega_T
    grad_u = np.zeros(T)
    for t in range(T - 1, -1, -1):
        theta, omega = states[t]
        lam_omega = lam_omega + dt * lam_theta
        grad_u[t] = dt * lam_omega / (m * l ** 2) + 2e-3 * u[t]
        lam_theta = lam_theta - dt * g / l * np.cos(theta) * lam_omega
    u -= alpha * grad_u
    if it % 20 == 0:
        print(it, cost)
