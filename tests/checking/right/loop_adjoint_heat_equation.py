"""Initial temperature of a rod from a later measurement (heat equation, adjoint)."""
import numpy as np

rng = np.random.default_rng(0)
nx, nt = 21, 30
kappa, dx, dt = 0.1, 0.05, 0.005
r = kappa * dt / dx ** 2


def step(u):
    new = u.copy()
    new[1:-1] = u[1:-1] + r * (u[2:] - 2 * u[1:-1] + u[:-2])
    return new


def step_adjoint(lam):
    out = lam.copy()
    out[1:-1] = lam[1:-1] * (1 - 2 * r)
    out[2:] += r * lam[1:-1]
    out[:-2] += r * lam[1:-1]
    return out


def forward(u0):
    u = u0
    for _ in range(nt):
        u = step(u)
    return u


x = np.linspace(0, 1, nx)
truth = np.exp(-50 * (x - 0.4) ** 2)
measured = forward(truth) + 0.001 * rng.standard_normal(nx)

guess = np.zeros(nx)
for k in range(50):
    u = forward(guess)
    misfit = u - measured
    J = 0.5 * np.dot(misfit, misfit)
    lam = misfit
    for _ in range(nt):
        lam = step_adjoint(lam)
    guess = guess - 0.5 * lam
    if k % 10 == 0:
        print(f"{k:3d}  J = {J:.6f}")
