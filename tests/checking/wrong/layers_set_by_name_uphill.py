# expect: line=76|78 variable=l mistake=update-sign
# right: setattr(l, p, getattr(l, p) - v)
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2.0 / n_in)
        self.b = np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T

class LeakyReLU:
    def __init__(self, a=0.01):
        self.a = a
    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, self.a * x)
    def backward(self, grad):
        return np.where(self.mask, grad, self.a * grad)

class Dropout:
    def __init__(self, p):
        self.p = p
        self.training = True
    def forward(self, x):
        if not self.training:
            return x
        self.m = (np.random.rand(*x.shape) > self.p) / (1 - self.p)
        return x * self.m
    def backward(self, grad):
        return grad * self.m

class LayerNorm:
    def __init__(self, d, eps=1e-5):
        self.g = np.ones(d); self.h = np.zeros(d); self.eps = eps
    def forward(self, x):
        self.mu = x.mean(-1, keepdims=True)
        self.var = x.var(-1, keepdims=True)
        self.xn = (x - self.mu) / np.sqrt(self.var + self.eps)
        return self.g * self.xn + self.h
    def backward(self, grad):
        self.dg = (grad * self.xn).sum(0)
        self.dh = grad.sum(0)
        dxn = grad * self.g
        N = dxn.shape[-1]
        return (dxn - dxn.mean(-1, keepdims=True) - self.xn * (dxn * self.xn).mean(-1, keepdims=True)) / np.sqrt(self.var + self.eps)

class BCEWithLogits:
    def forward(self, z, y):
        self.z, self.y = z, y
        return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    def backward(self):
        return (1 / (1 + np.exp(-self.z)) - self.y) / self.z.size

class Net:
    def __init__(self):
        self.layers = [Dense(5, 12), LayerNorm(12), LeakyReLU(), Dropout(0.3), Dense(12, 1)]
        self.loss = BCEWithLogits()
    def step(self, X, y, lr, momentum=0.9):
        out = X
        for l in self.layers:
            out = l.forward(out)
        L = self.loss.forward(out, y)
        g = self.loss.backward()
        for l in self.layers[::-1]:
            g = l.backward(g)
        for l in self.layers:
            for p, d in (("W", "dW"), ("b", "db"), ("g", "dg"), ("h", "dh")):
                if hasattr(l, p):
                    v = getattr(l, "v_" + p, 0)
                    v = momentum * v + lr * getattr(l, d)
                    setattr(l, "v_" + p, v)
                    setattr(l, p, getattr(l, p) + v)
        return L

np.random.seed(3)
X = np.random.randn(64, 5)
y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
net = Net()
for epoch in range(50):
    L = net.step(X, y, 0.1)
    if epoch % 10 == 0:
        print(f"epoch {epoch}: {L:.4f}")
