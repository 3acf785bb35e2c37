# expect: line=22 variable=s2 mistake=wrong-axis
# right: np.sum(dx_norm * x_norm, axis=1, keepdims=True)
import numpy as np


def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = np.mean(x, axis=1, keepdims=True)
    var = np.var(x, axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(var + eps)
    x_norm = (x - mean) * inv_std
    out = gamma * x_norm + beta
    return out, (x_norm, gamma, inv_std)


def layernorm_backward(dout, cache):
    x_norm, gamma, inv_std = cache
    D = dout.shape[1]
    dgamma = np.sum(dout * x_norm, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx_norm = dout * gamma
    s1 = np.sum(dx_norm, axis=1, keepdims=True)
    s2 = np.sum(dx_norm * x_norm, axis=0, keepdims=True)
    dx = inv_std / D * (D * dx_norm - s1 - x_norm * s2)
    return dx, dgamma, dbeta
