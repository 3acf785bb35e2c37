# expect: line=25 variable=return mistake=wrong-operand|dropped-upstream
# right: return dout @ self.W.T
import numpy as np


class Module:
    def parameters(self):
        return []


class Linear(Module):
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) / np.sqrt(n_in)
        self.b = np.zeros(n_out)
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return self.db @ self.W.T

    def parameters(self):
        return [(self.W, self.dW), (self.b, self.db)]


class ReLU(Module):
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class Tanh(Module):
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out ** 2)


class MSE:
    def forward(self, pred, target):
        self.diff = pred - target
        return np.mean(self.diff ** 2)

    def backward(self):
        return 2 * self.diff / self.diff.size


class Sequential(Module):
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


np.random.seed(0)
X = np.random.uniform(-1, 1, (40, 2))
Y = (X[:, :1] * X[:, 1:])
model = Sequential(Linear(2, 10), Tanh(), Linear(10, 8), ReLU(), Linear(8, 1))
criterion = MSE()
lr = 0.2
for epoch in range(200):
    pred = model.forward(X)
    loss = criterion.forward(pred, Y)
    model.backward(criterion.backward())
    for p, g in model.parameters():
        p -= lr * g
    if epoch % 50 == 0:
        print(epoch, loss)
