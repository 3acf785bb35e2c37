"""The forward passes that the benchmarks differentiate, as people write them.

They live in a file of their own because two of the peers need theirs with another
NumPy: derive.py loads this text again with the import exchanged.
"""

import numpy as np


def network(x, target, weights_input_hidden, weights_hidden_output):
    """Three inputs, two hidden sigmoid units, one sigmoid output, one example."""
    hidden_layer_output = 1 / (1 + np.exp(-np.dot(x, weights_input_hidden)))
    output = 1 / (1 + np.exp(-np.dot(hidden_layer_output, weights_hidden_output)))
    return 0.5 * (target - output) ** 2


def classifier(X, y, W1, b1, W2, b2):
    """ReLU hidden layer, softmax, mean cross-entropy, a batch of rows."""
    hidden = np.maximum(0, np.dot(X, W1) + b1)
    scores = np.dot(hidden, W2) + b2
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    powers = np.exp(shifted)
    probs = powers / np.sum(powers, axis=1, keepdims=True)
    return -np.mean(np.log(probs[np.arange(len(y)), y]))


def batch_norm(x, gamma, beta, target):
    """Batch normalization step by step, under half a squared error."""
    N = x.shape[0]
    mean = 1.0 / N * np.sum(x, axis=0)
    centered = x - mean
    squared = centered**2
    variance = 1.0 / N * np.sum(squared, axis=0)
    spread = np.sqrt(variance + 1e-5)
    inverse = 1.0 / spread
    xhat = centered * inverse
    out = gamma * xhat + beta
    return 0.5 * np.sum((out - target) ** 2)


def lstm_cell(x, h_prev, c_prev, Wx, Wh, b, target):
    """One step of an LSTM, its four gates computed side by side."""
    N, H = h_prev.shape
    gates = np.dot(x, Wx) + np.dot(h_prev, Wh) + b
    i = 1 / (1 + np.exp(-gates[:, :H]))
    f = 1 / (1 + np.exp(-gates[:, H : 2 * H]))
    o = 1 / (1 + np.exp(-gates[:, 2 * H : 3 * H]))
    g = np.tanh(gates[:, 3 * H :])
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return 0.5 * np.sum((h - target) ** 2)
