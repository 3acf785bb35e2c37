import numpy as np


def highway_forward(x, Wh, Wt, bt):
    H = np.tanh(x @ Wh)
    T = 1 / (1 + np.exp(-(x @ Wt + bt)))
    y = H * T + x * (1 - T)
    return y, (x, Wh, Wt, H, T)


def highway_backward(dy, cache):
    x, Wh, Wt, H, T = cache
    dH = dy * T
    dT = dy * (H - x)
    dx = dy * (1 - T)
    da = dH * (1 - H**2)
    dt = dT * T * (1 - T)
    dWh = x.T @ da
    dWt = x.T @ dt
    dbt = dt.sum(axis=0)
    dx = dx + da @ Wh.T + dt @ Wt.T
    return dx, dWh, dWt, dbt
