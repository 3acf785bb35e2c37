# expect: line=18 variable=dx mistake=dropped-upstream|wrong-operand
# right: (dxhat - dxhat.mean(axis=(2, 3), keepdims=True) - xhat * (dxhat * xhat).mean(axis=(2, 3), keepdims=True)) / np.sqrt(var + eps)
import numpy as np


def instance_norm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=(2, 3), keepdims=True)
    var = x.var(axis=(2, 3), keepdims=True)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, var, gamma, eps)


def instance_norm_backward(dout, cache):
    xhat, var, gamma, eps = cache
    dgamma = np.sum(dout * xhat, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    dxhat = dout * gamma
    dx = (dout - dxhat.mean(axis=(2, 3), keepdims=True) - xhat * (dxhat * xhat).mean(axis=(2, 3), keepdims=True)) / np.sqrt(var + eps)
    return dx, dgamma, dbeta
