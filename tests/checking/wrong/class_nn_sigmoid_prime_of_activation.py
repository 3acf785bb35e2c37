# expect: line=28 variable=self.a_delta mistake=derivative-at-wrong-point
# right: self.a_error * self.sigmoid_prime(self.z)
import numpy as np


class NeuralNetwork:
    def __init__(self, input_size, hidden_size, output_size, lr=0.1):
        self.W1 = np.random.randn(input_size, hidden_size)
        self.W2 = np.random.randn(hidden_size, output_size)
        self.lr = lr

    def sigmoid(self, s):
        return 1 / (1 + np.exp(-s))

    def sigmoid_prime(self, s):
        return self.sigmoid(s) * (1 - self.sigmoid(s))

    def forward(self, X):
        self.z = np.dot(X, self.W1)
        self.a = self.sigmoid(self.z)
        self.z2 = np.dot(self.a, self.W2)
        return self.sigmoid(self.z2)

    def backward(self, X, y, o):
        self.o_error = y - o
        self.o_delta = self.o_error * self.sigmoid_prime(self.z2)
        self.a_error = self.o_delta.dot(self.W2.T)
        self.a_delta = self.a_error * self.sigmoid_prime(self.a)
        self.W1 += self.lr * X.T.dot(self.a_delta)
        self.W2 += self.lr * self.a.T.dot(self.o_delta)

    def train(self, X, y):
        o = self.forward(X)
        self.backward(X, y, o)


np.random.seed(4)
X = np.array([[2, 9], [1, 5], [3, 6]], dtype=float)
y = np.array([[92], [86], [89]], dtype=float)
X = X / np.amax(X, axis=0)
y = y / 100

NN = NeuralNetwork(2, 3, 1)
for i in range(500):
    NN.train(X, y)
print(np.mean(np.square(y - NN.forward(X))))
