import numpy as np


class NeuralNetwork:
    def __init__(self, input_nodes=4, hidden_nodes=3, output_nodes=2, learning_rate=0.3):
        rng = np.random.RandomState(7)
        self.weights_ih = rng.uniform(-1, 1, (input_nodes, hidden_nodes))
        self.weights_ho = rng.uniform(-1, 1, (hidden_nodes, output_nodes))
        self.bias_h = np.zeros(hidden_nodes)
        self.bias_o = np.zeros(output_nodes)
        self.learning_rate = learning_rate

    @staticmethod
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    @staticmethod
    def dsigmoid(y):
        # y has already been through the sigmoid
        return y * (1 - y)

    def feedforward(self, X):
        hidden = self.sigmoid(X.dot(self.weights_ih) + self.bias_h)
        return self.sigmoid(hidden.dot(self.weights_ho) + self.bias_o)

    def train(self, X, y):
        # X: (batch, input_nodes), y: (batch, output_nodes)
        hidden = self.sigmoid(X.dot(self.weights_ih) + self.bias_h)
        output = self.sigmoid(hidden.dot(self.weights_ho) + self.bias_o)

        output_errors = y - output
        gradients = output_errors * self.dsigmoid(output)
        hidden_errors = gradients.dot(self.weights_ho.T)
        hidden_gradient = hidden_errors * self.dsigmoid(hidden)

        self.weights_ho += self.learning_rate * hidden.T.dot(gradients)
        self.bias_o += self.learning_rate * gradients.sum(axis=0)
        self.weights_ih += self.learning_rate * X.T.dot(hidden_gradient)
        self.bias_h += self.learning_rate * hidden_gradient.sum(axis=0)
        return np.mean(output_errors ** 2)
