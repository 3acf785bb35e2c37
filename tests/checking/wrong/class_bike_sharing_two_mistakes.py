# expect: line=32 variable=hidden_error_term mistake=wrong-derivative
# right: hidden_error * hidden_outputs * (1 - hidden_outputs)
# expect: line=35 variable=delta_weights_h_o mistake=overwritten-accumulator
# right: delta_weights_h_o += output_error_term * hidden_outputs[:, None]
import numpy as np


class NeuralNetwork(object):
    def __init__(self, input_nodes, hidden_nodes, output_nodes, learning_rate):
        self.weights_input_to_hidden = np.random.normal(
            0.0, input_nodes ** -0.5, (input_nodes, hidden_nodes))
        self.weights_hidden_to_output = np.random.normal(
            0.0, hidden_nodes ** -0.5, (hidden_nodes, output_nodes))
        self.lr = learning_rate
        self.activation_function = lambda x: 1 / (1 + np.exp(-x))

    def train(self, features, targets):
        n_records = features.shape[0]
        delta_weights_i_h = np.zeros(self.weights_input_to_hidden.shape)
        delta_weights_h_o = np.zeros(self.weights_hidden_to_output.shape)
        for X, y in zip(features, targets):
            ### Forward pass ###
            hidden_inputs = np.dot(X, self.weights_input_to_hidden)
            hidden_outputs = self.activation_function(hidden_inputs)
            final_inputs = np.dot(hidden_outputs, self.weights_hidden_to_output)
            final_outputs = final_inputs

            ### Backward pass ###
            error = y - final_outputs
            output_error_term = error
            hidden_error = np.dot(output_error_term, self.weights_hidden_to_output.T)
            hidden_error_term = hidden_error * hidden_outputs * (1 + hidden_outputs)

            delta_weights_i_h += hidden_error_term * X[:, None]
            delta_weights_h_o = output_error_term * hidden_outputs[:, None]
        self.weights_hidden_to_output += self.lr * delta_weights_h_o / n_records
        self.weights_input_to_hidden += self.lr * delta_weights_i_h / n_records

    def run(self, features):
        hidden = self.activation_function(np.dot(features, self.weights_input_to_hidden))
        return np.dot(hidden, self.weights_hidden_to_output)


np.random.seed(21)
network = NeuralNetwork(4, 3, 1, 0.1)
features = np.random.randn(32, 4)
targets = np.sin(features.sum(axis=1))
for ii in range(40):
    batch = np.random.choice(32, size=8)
    network.train(features[batch], targets[batch])
