# expect: line=20 variable=dbeta mistake=scale
# right: dout.sum(axis=0)
# expect: line=23 variable=dx mistake=wrong-axis
# right: inv * (dnorm - dnorm.mean(axis=1, keepdims=True) - norm * (dnorm * norm).mean(axis=1, keepdims=True))
import numpy as np


def layernorm_forward(x, gamma, beta, eps=1e-5):
    mean = x.mean(axis=1, keepdims=True)
    centred = x - mean
    var = (centred ** 2).mean(axis=1, keepdims=True)
    inv = 1 / np.sqrt(var + eps)
    norm = centred * inv
    out = norm * gamma + beta
    return out, (norm, inv, gamma)


def layernorm_backward(dout, cache):
    norm, inv, gamma = cache
    dbeta = dout.mean(axis=0)
    dgamma = (dout * norm).sum(axis=0)
    dnorm = dout * gamma
    dx = inv * (dnorm - dnorm.mean(axis=1, keepdims=True) - norm * (dnorm * norm).mean(axis=0, keepdims=True))
    return dx, dgamma, dbeta
