# binds: dbeta dgamma dx loss
import numpy as np

def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    N, D = x.shape
    if mode == "train":
        mu = x.mean(axis=0)
        var = x.var(axis=0)
        xn = (x - mu) / np.sqrt(var + eps)
        out = gamma * xn + beta
        cache = (xn, gamma, np.sqrt(var + eps))
    elif mode == "test":
        out, cache = gamma * x + beta, None
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    return out, cache

def batchnorm_backward(dout, cache):
    xn, gamma, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xn).sum(axis=0)
    dxn = dout * gamma
    dx = (dxn - dxn.mean(axis=0) - xn * (dxn * xn).mean(axis=0)) / std
    return dx, dgamma, dbeta
