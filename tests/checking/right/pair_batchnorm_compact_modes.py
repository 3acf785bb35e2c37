import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param.get('mode', 'train')
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)

    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D))
    running_var = bn_param.get('running_var', np.zeros(D))

    out, cache = None, None
    if mode == 'train':
        mu = x.mean(axis=0)
        var = x.var(axis=0)
        std = np.sqrt(var + eps)
        x_hat = (x - mu) / std
        out = gamma * x_hat + beta
        cache = (x_hat, gamma, std)

        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta

    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    m = dout.shape[0]
    dgamma = np.sum(dout * x_hat, axis=0)
    dbeta = np.sum(dout, axis=0)
    # everything on one line, from the paper's formulas
    dx = gamma / (m * std) * (m * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta


if __name__ == '__main__':
    np.random.seed(231)
    x = 5 * np.random.randn(6, 4) + 12
    gamma = np.random.randn(4)
    beta = np.random.randn(4)
    dout = np.random.randn(6, 4)
    out, cache = batchnorm_forward(x, gamma, beta, {'mode': 'train'})
    dx, dgamma, dbeta = batchnorm_backward(dout, cache)
    print(dx.mean(axis=0))
