# expect: line=13 variable=residual mistake=wrong-operand
# right: line(x, m, c) - target
import numpy as np


def line(x, m, c):
    """The straight line at x."""
    return m * x + c


def compute_gradient(x, target, m, c):
    """What the two numbers are to be moved against."""
    residual = line(x, m, c) - x
    dm = np.mean(residual * x)
    dc = np.mean(residual)
    return dm, dc


def mse(x, target, m, c):
    """How far the line is from the data, halved."""
    return 0.5 * np.mean((target - line(x, m, c)) ** 2)


def gradient_descent(x, target, m=0.5, c=0.2, rate=0.05, epochs=50):
    """Fit the line."""
    for _ in range(epochs):
        dm, dc = compute_gradient(x, target, m, c)
        m = m - rate * dm
        c = c - rate * dc
    return m, c
