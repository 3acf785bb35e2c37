# expect: line=35 variable=grad mistake=wrong-operand
# right: grad += dt * jump * (us[s][1:] - us[s][:-1])
"""Heat conduction in a rod: find the conductivity of each gap from end temperatures."""
import numpy as np

n, steps, dt = 8, 12, 0.05
rng = np.random.default_rng(9)
kappa = 1.0 + 0.2 * rng.standard_normal(n - 1)
u0 = np.linspace(1.0, 0.0, n) ** 2
measured = np.full(n, 0.35) + 0.02 * rng.standard_normal(n)
rate = 0.5


def simulate(kappa):
    us = [u0]
    for _ in range(steps):
        u = us[-1]
        flux = kappa * (u[1:] - u[:-1])
        du = np.zeros(n)
        du[:-1] += flux
        du[1:] -= flux
        us.append(u + dt * du)
    return us


for it in range(50):
    us = simulate(kappa)
    misfit = 0.5 * np.sum((us[-1] - measured) ** 2)

    lam = us[-1] - measured
    grad = np.zeros_like(kappa)
    for s in reversed(range(steps)):
        u = us[s + 1]
        jump = lam[:-1] - lam[1:]
        grad += dt * jump * (u[1:] - u[:-1])
        dflux = dt * kappa * jump
        lam = lam.copy()
        lam[1:] += dflux
        lam[:-1] -= dflux

    kappa -= rate * grad
