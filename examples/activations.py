"""The four functions that a first network is made of, at numbers you can check.

Each is a function of its own, so each can be asked about alone:

    clearprop derive examples/activations.py:perceptron
    clearprop explain examples/activations.py:perceptron
"""

import numpy as np


def softmax(scores):
    """Turn scores into shares that sum to one; the largest score gets the most."""
    powers = np.exp(scores)
    return powers / np.sum(powers)


def sigmoid(z):
    """Squeeze any number into the range from 0 to 1."""
    return 1 / (1 + np.exp(-z))


def relu(z):
    """Let what is positive pass and stop the rest."""
    return np.maximum(0.0, z)


def perceptron(x, w, b):
    """One unit: a weighted sum, a bias, a sigmoid."""
    return sigmoid(np.dot(w, x) + b)


x = np.array([2, 4, 5])
w = np.array([0.67, 0.5, 0.6])
b = 10.0

print("softmax:", softmax(x))
print("sigmoid:", sigmoid(x))
print("relu:", relu([2, 4, 5]))
print("relu, negative too:", relu([-2.0, 0.0, 3.0]))

# A bias of 10 pushes the unit so far up that it can hardly move: it is saturated, and
# a saturated unit learns next to nothing.
y = perceptron(x, w, b)
print(f"perceptron: {y:.8f}")
print(f"slope there: {y * (1 - y):.1e}")
