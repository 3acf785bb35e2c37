# binds: net
import numpy as np

class NeuralNetwork:
    def __init__(self, input_nodes, hidden_nodes, output_nodes, learning_rate):
        self.wih = np.random.normal(0.0, 0.5, (hidden_nodes, input_nodes))
        self.who = np.random.normal(0.0, 0.5, (output_nodes, hidden_nodes))
        self.lr = learning_rate
        self.f = lambda x: 1 / (1 + np.exp(-x))

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden = self.f(np.dot(self.wih, inputs))
        final = self.f(np.dot(self.who, hidden))
        output_errors = targets - final
        hidden_errors = np.dot(self.who.T, output_errors)
        self.who += self.lr * np.dot(output_errors * final * (1.0 - final), hidden.T)
        self.wih += self.lr * np.dot(hidden_errors * hidden * (1.0 - hidden), inputs.T)
