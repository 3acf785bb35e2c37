"""The same network as most people write it: a class, with its weights in self.

Two ways to keep weights are common, and both are here: an attribute for each, or one
dictionary for all. The forward passes are the same, and so is the loss.

    clearprop derive examples/network_class.py:net.loss
    clearprop derive examples/network_class.py:tidy.loss
"""

import numpy as np


class Network:
    """Tanh hidden layer, linear output, mean squared error; an attribute per weight."""

    def __init__(self, inputs, hidden, outputs, seed=0):
        rng = np.random.default_rng(seed)
        self.W1 = 0.5 * rng.normal(size=(inputs, hidden))
        self.b1 = np.zeros(hidden)
        self.W2 = 0.5 * rng.normal(size=(hidden, outputs))
        self.b2 = np.zeros(outputs)

    def forward(self, X):
        self.hidden = np.tanh(X.dot(self.W1) + self.b1)
        return self.hidden.dot(self.W2) + self.b2

    def loss(self, X, T):
        return np.mean((self.forward(X) - T) ** 2)


class TidyNetwork:
    """The same, with every weight in one dictionary that can be looped over."""

    def __init__(self, inputs, hidden, outputs, seed=0):
        rng = np.random.default_rng(seed)
        self.params = {}
        self.params["W1"] = 0.5 * rng.normal(size=(inputs, hidden))
        self.params["b1"] = np.zeros(hidden)
        self.params["W2"] = 0.5 * rng.normal(size=(hidden, outputs))
        self.params["b2"] = np.zeros(outputs)

    def forward(self, X):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        hidden = np.tanh(X.dot(W1) + b1)
        return hidden.dot(W2) + b2

    def loss(self, X, T):
        return np.mean((self.forward(X) - T) ** 2)


X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
T = np.array([[0.0], [1.0], [1.0], [0.0]])

net = Network(2, 3, 1)
tidy = TidyNetwork(2, 3, 1)

cost = net.loss(X, T)
print("attributes:", cost)
print("dictionary:", tidy.loss(X, T))
print("the first example is all zeros, so its output is b2:", net.forward(X)[0])
