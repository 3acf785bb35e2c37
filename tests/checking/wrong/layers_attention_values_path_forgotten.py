# expect: line=27 variable=return mistake=dropped-upstream
# right: dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T
import numpy as np
from scipy.special import softmax

rng = np.random.default_rng(5)


class SelfAttention:
    def __init__(self, d):
        self.Wq, self.Wk, self.Wv = (rng.normal(0, 0.4, (d, d)) for _ in range(3))
        self.scale = 1 / np.sqrt(d)

    def forward(self, x):
        self.x = x
        self.q, self.k, self.v = x @ self.Wq, x @ self.Wk, x @ self.Wv
        self.a = softmax(self.q @ self.k.T * self.scale, axis=-1)
        return self.a @ self.v

    def backward(self, dout):
        dv = self.a.T @ dout
        da = dout @ self.v.T
        ds = self.a * (da - np.sum(da * self.a, axis=-1, keepdims=True)) * self.scale
        dq = ds @ self.k
        dk = ds.T @ self.q
        self.dWq, self.dWk, self.dWv = self.x.T @ dq, self.x.T @ dk, self.x.T @ dv
        return dq @ self.Wq.T + dk @ self.Wk.T

    def update(self, lr):
        for n in ("q", "k", "v"):
            W = getattr(self, "W" + n)
            W -= lr * getattr(self, "dW" + n)


class MeanPool:
    def forward(self, x):
        self.n = len(x)
        return x.mean(axis=0)

    def backward(self, dout):
        return np.repeat(dout[None, :], self.n, axis=0) / self.n

    def update(self, lr):
        pass


class Linear:
    def __init__(self, i, o):
        self.W, self.b = rng.normal(0, 0.4, (i, o)), np.zeros(o)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = np.outer(self.x, dout)
        self.db = dout
        return self.W @ dout

    def update(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db


layers = [SelfAttention(4), SelfAttention(4), MeanPool(), Linear(4, 3)]
data = [(rng.normal(size=(5, 4)), i % 3) for i in range(4)]
for epoch in range(2):
    total = 0
    for x, y in data:
        h = x
        for layer in layers:
            h = layer.forward(h)
        p = softmax(h)
        total -= np.log(p[y])
        grad = p.copy()
        grad[y] -= 1
        for layer in reversed(layers):
            grad = layer.backward(grad)
        for layer in layers:
            layer.update(0.05)
    print(total / len(data))
