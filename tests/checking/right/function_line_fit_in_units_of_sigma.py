import numpy as np

x = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
y = np.array([1.1, 2.9, 5.2, 6.8, 9.1, 11.2])
sigma = np.array([0.1, 0.2, 0.1, 0.3, 0.2, 0.5])


def chi2(params):
    slope, intercept = params
    r = (y - slope * x - intercept) / sigma
    return np.sum(r**2)


def grad_chi2(params):
    slope, intercept = params
    r = (y - slope * x - intercept) / sigma
    d_slope = -2 * np.sum(r * x / sigma)
    d_intercept = -2 * np.sum(r / sigma)
    return np.array([d_slope, d_intercept])


params = np.array([1.0, 0.0])
for i in range(500):
    params = params - 1e-4 * grad_chi2(params)
