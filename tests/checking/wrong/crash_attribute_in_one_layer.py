# expect: line=28 variable=self.dgamma mistake=crash
# right: (grad * self.xhat).sum(0)
import numpy as np

class BatchNorm1d:
    def __init__(self, dim, eps=1e-5, momentum=0.1):
        self.eps = eps
        self.momentum = momentum
        self.gamma = np.ones(dim)
        self.beta = np.zeros(dim)
        self.running_mean = np.zeros(dim)
        self.running_var = np.ones(dim)
        self.training = True

    def forward(self, x):
        if self.training:
            mean = x.mean(0)
            var = ((x - mean) ** 2).mean(0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        else:
            mean, var = self.running_mean, self.running_var
        self.istd = 1.0 / np.sqrt(var + self.eps)
        self.xhat = (x - mean) * self.istd
        return self.gamma * self.xhat + self.beta

    def backward(self, grad):
        self.dgamma = (grad * self.xhatt).sum(0)
        self.dbeta = grad.sum(0)
        dxhat = grad * self.gamma
        dx = self.istd * (dxhat - dxhat.mean(0) - self.xhat * (dxhat * self.xhat).mean(0))
        return dx


class Dense:
    def __init__(self, n_in, n_out, rng):
        self.w = rng.normal(0, n_in ** -0.5, (n_in, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, grad):
        self.dw = self.x.T @ grad
        return grad @ self.w.T


class Dropout:
    def __init__(self, p, rng):
        self.p = p
        self.rng = rng

    def forward(self, x):
        self.mask = (self.rng.random(x.shape) >= self.p) / (1 - self.p)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask
