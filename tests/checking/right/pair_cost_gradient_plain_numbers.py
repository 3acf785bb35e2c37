"""A straight line by its slope m and offset c: the cost, and what it is to be moved by."""
import numpy as np


def line(x, m, c):
    return m * x + c


def cost(x, target, m, c):
    return 0.5 * np.mean((line(x, m, c) - target) ** 2)


def gradient(x, target, m, c):
    residual = line(x, m, c) - target
    dm = np.mean(residual * x)
    dc = np.mean(residual)
    return dm, dc
