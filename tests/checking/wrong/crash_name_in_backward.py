# expect: line=18 variable=delta_hidden mistake=crash
# right: (delta_output @ W2.T) * hidden * (1 - hidden)
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def forward(X, W1, W2):
    hidden = sigmoid(X @ W1)
    output = sigmoid(hidden @ W2)
    return hidden, output


def backward(X, y, hidden, output, W2):
    delta_output = (output - y) * output * (1 - output)
    delta_hidden = (delta_output @ W2.T) * hidden * (1 - hiden)
    grad_W1 = X.T @ delta_hidden
    grad_W2 = hidden.T @ delta_output
    return grad_W1, grad_W2


np.random.seed(11)
X = np.random.rand(5, 3)
y = np.random.rand(5, 1)
W1 = np.random.randn(3, 4)
W2 = np.random.randn(4, 1)
for i in range(100):
    hidden, output = forward(X, W1, W2)
    loss = 0.5 * np.sum((output - y) ** 2)
    grad_W1, grad_W2 = backward(X, y, hidden, output, W2)
    W1 -= 0.3 * grad_W1
    W2 -= 0.3 * grad_W2
