"""A classifier with one hidden layer: ReLU, softmax, cross-entropy, a batch of rows.

It is the network that reads handwritten digits, made small. The weights start so near
zero that the classifier can't tell the classes apart: it gives each of three a third,
and the loss is close to log(3) = 1.0986.

    clearprop derive examples/softmax_classifier.py:loss
"""

import numpy as np


def loss(X, y, W1, b1, W2, b2):
    """The mean cross-entropy of the rows of X with their classes y."""
    hidden = np.maximum(0, X @ W1 + b1)
    scores = hidden @ W2 + b2

    # Only differences of scores count, so the largest can be 0 and nothing overflows.
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    powers = np.exp(shifted)
    probs = powers / np.sum(powers, axis=1, keepdims=True)

    rows = np.arange(X.shape[0])
    return -np.mean(np.log(probs[rows, y]))


rng = np.random.default_rng(0)
X = rng.normal(size=(8, 6))
y = np.array([0, 1, 2, 0, 1, 2, 0, 1])

W1 = 0.01 * rng.normal(size=(6, 5))
b1 = np.zeros(5)
W2 = 0.01 * rng.normal(size=(5, 3))
b2 = np.zeros(3)

cost = loss(X, y, W1, b1, W2, b2)
print("classes:", W2.shape[1])
print("loss:", cost)
print("log(3):", np.log(3))
