# Fit of a damped oscillation to pendulum data by gradient descent
import numpy as np

rng = np.random.default_rng(11)
t = np.linspace(0, 6, 80)
sigma = 0.05
y = 1.3 * np.exp(-0.35 * t) * np.cos(2.1 * t + 0.4) + rng.normal(0, sigma, t.size)

A, gamma, omega, phi = 1.0, 0.3, 2.0, 0.2
eta = 2e-6
for it in range(3000):
    env = A * np.exp(-gamma * t)
    model = env * np.cos(omega * t + phi)
    r = (model - y) / sigma
    chi2 = np.sum(r ** 2)
    dm = 2 * r / sigma
    dA = np.sum(dm * model / A)
    dgamma = np.sum(dm * -t * model)
    dphase = -dm * env * np.sin(omega * t + phi)
    domega = np.sum(dphase * t)
    dphi = np.sum(dphase)
    A -= eta * dA
    gamma -= eta * dgamma
    omega -= eta * domega
    phi -= eta * dphi
print(A, gamma, omega, phi, chi2 / t.size)
