# expect: line=17 variable=dx mistake=transpose
# right: grad @ self.W.T
import numpy as np


class Dense:
    def __init__(self, n, m):
        self.W = np.random.randn(n, m) * 0.3
        self.b = np.zeros(m)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad, lr):
        dW = self.x.T @ grad
        dx = grad @ self.W
        self.W -= lr * dW
        self.b -= lr * grad.sum(axis=0)
        return dx


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad, lr):
        return grad * (1 - self.y**2)


np.random.seed(0)
X = np.random.randn(10, 4)
Y = np.random.randn(10, 4)
layers = [Dense(4, 4), Tanh()]
for epoch in range(10):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - Y) ** 2)
    grad = 2 * (out - Y) / Y.size
    for layer in reversed(layers):
        grad = layer.backward(grad, 0.1)
    print(loss)
