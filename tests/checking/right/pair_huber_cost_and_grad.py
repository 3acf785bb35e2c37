"""Huber regression, as it is handed to scipy.optimize.minimize(fun, x0, jac=grad)."""
import numpy as np


def huber_cost(beta, X, y, delta=1.0):
    r = X @ beta - y
    small = np.abs(r) <= delta
    return np.sum(np.where(small, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta)))


def huber_grad(beta, X, y, delta=1.0):
    r = X @ beta - y
    return X.T @ np.clip(r, -delta, delta)
