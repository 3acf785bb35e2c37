import numpy as np


class Layer:
    def forward(self, x):
        raise NotImplementedError

    def backward(self, grad):
        pass

    def update(self, lr):
        pass


class Input(Layer):
    def __init__(self, n):
        self.n_out = n

    def forward(self, x):
        return x

    def backward(self, grad):
        pass


class Dense(Layer):
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2 / n_in)
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T

    def update(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db


class Tanh(Layer):
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out ** 2)


class Model:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def fit(self, X, y, epochs=50, lr=0.05):
        for epoch in range(epochs):
            out = self.forward(X)
            loss = np.mean((out - y) ** 2)
            grad = 2 * (out - y) / y.size
            for layer in reversed(self.layers):
                grad = layer.backward(grad)
            for layer in self.layers:
                layer.update(lr)
            if epoch % 10 == 0:
                print(epoch, loss)


np.random.seed(1)
X = np.random.randn(64, 3)
y = np.sin(X.sum(axis=1, keepdims=True))
model = Model([Input(3), Dense(3, 16), Tanh(), Dense(16, 1)])
model.fit(X, y)
