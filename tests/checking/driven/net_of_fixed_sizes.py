# binds: dW1 dW2 loss
import numpy as np

class NN:
    def __init__(self):
        self.W1 = np.random.randn(2, 3)
        self.W2 = np.random.randn(3, 1)

    def forward(self, X):
        self.a = np.tanh(X @ self.W1)
        return self.a @ self.W2

    def loss(self, X, y):
        return 0.5 * np.sum((self.forward(X) - y) ** 2)

    def gradients(self, X, y):
        d = self.forward(X) - y
        dW2 = self.a.T @ d
        dW1 = X.T @ (d @ self.W2.T * (1 - self.a ** 2))
        return dW1, dW2
