# expect: line=26|24 variable=self.wih mistake=missing-derivative
# right: self.wih += self.lr * np.dot(hidden_errors * hidden_outputs * (1.0 - hidden_outputs), np.transpose(inputs))
import numpy as np

class Network:
    """784-like input, sigmoid hidden layer, sigmoid output, squared error."""

    def __init__(self, inodes, hnodes, onodes, lr):
        self.lr = lr
        np.random.seed(77)
        self.wih = np.random.normal(0.0, pow(inodes, -0.5), (hnodes, inodes))
        self.who = np.random.normal(0.0, pow(hnodes, -0.5), (onodes, hnodes))
        self.activation_function = lambda x: 1 / (1 + np.exp(-x))

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden_inputs = np.dot(self.wih, inputs)
        hidden_outputs = self.activation_function(hidden_inputs)
        final_inputs = np.dot(self.who, hidden_outputs)
        final_outputs = self.activation_function(final_inputs)

        output_errors = targets - final_outputs
        hidden_errors = np.dot(self.who.T, output_errors * final_outputs * (1.0 - final_outputs))
        self.who += self.lr * np.dot((output_errors * final_outputs * (1.0 - final_outputs)), np.transpose(hidden_outputs))
        self.wih += self.lr * np.dot(hidden_errors, np.transpose(inputs))

    def query(self, inputs_list):
        inputs = np.array(inputs_list, ndmin=2).T
        hidden = self.activation_function(np.dot(self.wih, inputs))
        return self.activation_function(np.dot(self.who, hidden))


n = Network(12, 6, 3, 0.3)
pixels = np.random.rand(10, 12) * 0.99 + 0.01
digits = np.random.randint(0, 3, 10)
for record, digit in zip(pixels, digits):
    targets = np.zeros(3) + 0.01
    targets[digit] = 0.99
    n.train(record, targets)
