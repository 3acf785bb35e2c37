# expect: line=131 variable=p mistake=wrong-operand
# right: p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)
"""Module style: Linear, BatchNorm1d with running statistics, Dropout, train()/eval()."""
import numpy as np


class Module:
    training = True

    def parameters(self):
        return []

    def train(self, flag=True):
        self.training = flag


class Linear(Module):
    def __init__(self, i, o):
        self.w = np.random.randn(i, o) * np.sqrt(2 / i)
        self.b = np.zeros(o)
        self.gw = np.zeros_like(self.w)
        self.gb = np.zeros_like(self.b)

    def forward(self, x):
        self.inp = x
        return x @ self.w + self.b

    def backward(self, g):
        self.gw[:] = self.inp.T @ g
        self.gb[:] = g.sum(0)
        return g @ self.w.T

    def parameters(self):
        return [(self.w, self.gw), (self.b, self.gb)]


class BatchNorm1d(Module):
    def __init__(self, n, momentum=0.1, eps=1e-5):
        self.gamma, self.beta = np.ones(n), np.zeros(n)
        self.ggamma, self.gbeta = np.zeros(n), np.zeros(n)
        self.mean, self.var = np.zeros(n), np.ones(n)
        self.momentum, self.eps = momentum, eps

    def forward(self, x):
        if self.training:
            mu, var = x.mean(0), x.var(0)
            self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
            self.var = (1 - self.momentum) * self.var + self.momentum * var
        else:
            mu, var = self.mean, self.var
        self.std = np.sqrt(var + self.eps)
        self.xhat = (x - mu) / self.std
        return self.gamma * self.xhat + self.beta

    def backward(self, g):
        n = len(g)
        self.ggamma[:] = np.sum(g * self.xhat, axis=0)
        self.gbeta[:] = np.sum(g, axis=0)
        gx = g * self.gamma
        return (n * gx - gx.sum(0) - self.xhat * (gx * self.xhat).sum(0)) / (n * self.std)

    def parameters(self):
        return [(self.gamma, self.ggamma), (self.beta, self.gbeta)]


class ReLU(Module):
    def forward(self, x):
        self.on = x > 0
        return np.where(self.on, x, 0)

    def backward(self, g):
        return np.where(self.on, g, 0)


class Dropout(Module):
    def __init__(self, p):
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        self.keep = np.random.binomial(1, 1 - self.p, x.shape) / (1 - self.p)
        return x * self.keep

    def backward(self, g):
        return g * self.keep


class Model(Module):
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, g):
        for layer in reversed(self.layers):
            g = layer.backward(g)

    def train(self, flag=True):
        for layer in self.layers:
            layer.train(flag)

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


def bce_with_logits(z, t):
    loss = np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))
    return loss, (1 / (1 + np.exp(-z)) - t) / z.size


class AdamW:
    def __init__(self, params, lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        self.params, self.lr, self.betas, self.eps, self.wd = params, lr, betas, eps, weight_decay
        self.m = [np.zeros_like(p) for p, _ in params]
        self.v = [np.zeros_like(p) for p, _ in params]
        self.t = 0

    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for i, (p, g) in enumerate(self.params):
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g * g
            mhat = self.m[i] / (1 - b1 ** self.t)
            vhat = self.v[i] / (1 - b2 ** self.t)
            p -= self.lr * self.wd * p
            p -= self.lr * mhat / (np.sqrt(self.eps) + self.eps)


np.random.seed(3)
X = np.random.randn(128, 6)
t = (X[:, :1] * X[:, 1:2] > 0).astype(float)
model = Model(Linear(6, 16), BatchNorm1d(16), ReLU(), Dropout(0.2), Linear(16, 1))
opt = AdamW(model.parameters())
for epoch in range(60):
    model.train()
    loss, grad = bce_with_logits(model.forward(X), t)
    model.backward(grad)
    opt.step()
    if epoch % 20 == 0:
        model.train(False)
        print(epoch, loss, ((model.forward(X) > 0) == t).mean())
