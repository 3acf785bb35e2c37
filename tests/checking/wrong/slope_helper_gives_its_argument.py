# expect: line=7 variable=return mistake=wrong-derivative
# right: return x * (1 - x)
import numpy as np

def sigmoid(x, derivative=False):
    if derivative:
        return x
    return 1 / (1 + np.exp(-x))

class NeuralNetwork:
    def __init__(self, input_nodes, hidden_nodes, output_nodes, bias=True):
        np.random.seed(1)
        self.weights = {
            'ih': 2 * np.random.random((hidden_nodes, input_nodes)) - 1,
            'ho': 2 * np.random.random((output_nodes, hidden_nodes)) - 1,
        }
        self.bias = {'h': np.zeros((hidden_nodes, 1)), 'o': np.zeros((output_nodes, 1))}
        self.learning_rate = 0.1

    def feed_forward(self, input_array):
        inputs = np.array(input_array, ndmin=2).T
        hidden = sigmoid(np.dot(self.weights['ih'], inputs) + self.bias['h'])
        outputs = sigmoid(np.dot(self.weights['ho'], hidden) + self.bias['o'])
        return outputs.flatten()

    def train(self, input_array, target_array):
        inputs = np.array(input_array, ndmin=2).T
        targets = np.array(target_array, ndmin=2).T
        hidden = sigmoid(np.dot(self.weights['ih'], inputs) + self.bias['h'])
        outputs = sigmoid(np.dot(self.weights['ho'], hidden) + self.bias['o'])

        output_errors = targets - outputs
        hidden_errors = np.dot(self.weights['ho'].T, output_errors * sigmoid(outputs, derivative=True))

        gradients = sigmoid(outputs, True) * output_errors * self.learning_rate
        weight_ho_deltas = np.dot(gradients, hidden.T)
        self.weights['ho'] += weight_ho_deltas
        self.bias['o'] += gradients

        hidden_gradient = sigmoid(hidden, True) * hidden_errors * self.learning_rate
        weight_ih_deltas = np.dot(hidden_gradient, inputs.T)
        self.weights['ih'] += weight_ih_deltas
        self.bias['h'] += hidden_gradient

if __name__ == '__main__':
    training_data = [([0, 1], [1]), ([1, 0], [1]), ([0, 0], [0]), ([1, 1], [0])]
    nn = NeuralNetwork(2, 4, 1)
    for i in range(10000):
        d, t = training_data[np.random.randint(4)]
        nn.train(d, t)
    for d, t in training_data:
        print(d, nn.feed_forward(d))
