# expect: line=20 variable=d_rise mistake=sign
# right: -2 * np.sum(pull * x / width)
"""A line through points of known widths, by a gradient of a chi2 that nothing calls."""
import numpy as np

x = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
y = np.array([0.2, 1.1, 2.3, 2.8, 4.1])
width = np.array([0.2, 0.1, 0.3, 0.2, 0.1])


def chi2(theta):
    rise, start = theta
    pull = (y - rise * x - start) / width
    return np.sum(pull**2)


def grad_chi2(theta):
    rise, start = theta
    pull = (y - rise * x - start) / width
    d_rise = 2 * np.sum(pull * x / width)
    d_start = -2 * np.sum(pull / width)
    return np.array([d_rise, d_start])


theta = np.array([0.5, 0.5])
for _ in range(300):
    theta = theta - 1e-4 * grad_chi2(theta)
