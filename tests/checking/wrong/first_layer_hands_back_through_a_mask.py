# expect: line=19 variable=dx mistake=wrong-derivative
# right: dy @ self.W.T
import numpy as np

rng = np.random.default_rng(2)


class Linear:
    def __init__(self, n, m):
        self.W, self.b = rng.normal(0, 0.3, (n, m)), np.zeros(m)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dy):
        self.dW = self.x.T @ dy
        self.db = dy.sum(0)
        dx = dy @ self.W.T * (self.x > 0)
        return dx


class Relu:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, dy):
        return dy * (self.x > 0)


class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy):
        return dy * self.y * (1 - self.y)


layers = [Linear(6, 4), Relu(), Linear(4, 6), Sigmoid()]
X = rng.random((9, 6))
noisy = X * (rng.random(X.shape) > 0.2)
for it in range(3):
    out = noisy
    for l in layers:
        out = l.forward(out)
    loss = -np.mean(X * np.log(out) + (1 - X) * np.log(1 - out))
    dout = (out - X) / (out * (1 - out)) / X.size
    for l in reversed(layers):
        dout = l.backward(dout)
    for l in layers:
        if isinstance(l, Linear):
            l.W -= 0.5 * l.dW
            l.b -= 0.5 * l.db
    print(loss)
