"""RBM (CD-1) next to a modern Hopfield energy whose gradient moves the state."""
import numpy as np


def logsumexp(z):
    m = z.max()
    return m + np.log(np.sum(np.exp(z - m)))


def energy(xi, X, beta):
    """E(xi) = -lse(beta, X xi) + 1/2 xi.xi, Ramsauer et al. 2020"""
    return -logsumexp(beta * (X @ xi)) / beta + 0.5 * xi @ xi


def energy_grad(xi, X, beta):
    z = beta * (X @ xi)
    p = np.exp(z - z.max())
    p = p / p.sum()
    return xi - X.T @ p


rng = np.random.default_rng(0)
X = np.sign(rng.normal(size=(6, 20)))
xi = X[2] + 0.8 * rng.normal(size=20)
for step in range(30):
    E = energy(xi, X, 0.5)
    dxi = energy_grad(xi, X, 0.5)
    xi = xi - 0.2 * dxi
    if step % 10 == 0:
        print(step, E, np.mean(np.sign(xi) == X[2]))
