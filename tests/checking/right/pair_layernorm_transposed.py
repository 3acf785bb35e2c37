import numpy as np

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    xT = x.T
    mu = np.mean(xT, axis=0)
    xc = xT - mu
    var = np.mean(xc ** 2, axis=0)
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = xc * inv_std                    # (D, N)
    out = x_hat.T * gamma + beta
    return out, (x_hat, inv_std, gamma)

def layernorm_backward(dout, cache):
    x_hat, inv_std, gamma = cache
    D = x_hat.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat.T).sum(axis=0)
    dx_hat = (dout * gamma).T
    dxT = (1 / D) * inv_std * (D * dx_hat - np.sum(dx_hat, axis=0)
                               - x_hat * np.sum(dx_hat * x_hat, axis=0))
    dx = dxT.T
    return dx, dgamma, dbeta
