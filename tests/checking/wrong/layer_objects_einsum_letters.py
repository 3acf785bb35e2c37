# expect: line=18 variable=return mistake=transpose
# right: np.einsum("bj,ij->bi", grad, self.w)
import numpy as np


class Dense:
    def __init__(self, nin, nout):
        self.w = np.random.randn(nin, nout) / np.sqrt(nin)
        self.b = np.zeros(nout)

    def forward(self, x):
        self.x = x
        return np.einsum("bi,ij->bj", x, self.w) + self.b

    def backward(self, grad):
        self.grad_w = np.einsum("bi,bj->ij", self.x, grad)
        self.grad_b = np.einsum("bj->j", grad)
        return np.einsum("bi,ij->bj", grad, self.w)


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y ** 2)


np.random.seed(1)
layers = [Dense(4, 4), Tanh(), Dense(4, 4), Tanh(), Dense(4, 1)]
X = np.random.randn(16, 4)
y = np.sin(X.sum(axis=1, keepdims=True))
for epoch in range(30):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - y) ** 2)
    grad = 2 * (out - y) / len(X)
    for layer in reversed(layers):
        grad = layer.backward(grad)
    for layer in layers:
        if isinstance(layer, Dense):
            layer.w -= 0.1 * layer.grad_w
            layer.b -= 0.1 * layer.grad_b
print(loss)
