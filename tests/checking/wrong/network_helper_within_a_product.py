# expect: line=11 variable=return mistake=wrong-derivative
# right: x * (1.0 - x)
import numpy as np


def sigmoid(x):
    return 1.0 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return x * (1.0 + x)


class NeuralNetwork:
    def __init__(self, x, y):
        self.input = x
        self.w1 = np.random.rand(x.shape[1], 4)
        self.w2 = np.random.rand(4, 1)
        self.y = y
        self.output = np.zeros(y.shape)

    def feedforward(self):
        self.h = sigmoid(np.dot(self.input, self.w1))
        self.output = sigmoid(np.dot(self.h, self.w2))

    def backprop(self):
        d_w2 = np.dot(self.h.T, 2 * (self.y - self.output) * sigmoid_derivative(self.output))
        d_w1 = np.dot(self.input.T, np.dot(2 * (self.y - self.output) * sigmoid_derivative(self.output), self.w2.T) * sigmoid_derivative(self.h))
        self.w1 += d_w1
        self.w2 += d_w2


np.random.seed(0)
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)
net = NeuralNetwork(X, y)
for i in range(200):
    net.feedforward()
    net.backprop()
