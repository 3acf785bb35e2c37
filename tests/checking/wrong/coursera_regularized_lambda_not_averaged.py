# expect: line=25 variable=dW1 mistake=regularization
# right: 1. / m * dZ1 @ X.T + lambd / m * W1
import numpy as np


def forward(X, W1, W2):
    H = np.maximum(0, W1 @ X)
    P = 1 / (1 + np.exp(-(W2 @ H)))
    return H, P


def cost_with_l2(P, Y, W1, W2, lambd):
    m = Y.shape[1]
    cross_entropy = -np.sum(Y * np.log(P) + (1 - Y) * np.log(1 - P)) / m
    l2 = lambd / (2 * m) * (np.sum(np.square(W1)) + np.sum(np.square(W2)))
    return cross_entropy + l2


def backward(X, Y, H, P, W1, W2, lambd):
    m = X.shape[1]
    dZ2 = P - Y
    dW2 = 1. / m * dZ2 @ H.T + lambd / m * W2
    dH = W2.T @ dZ2
    dZ1 = dH * (H > 0)
    dW1 = 1. / m * dZ1 @ X.T + lambd * W1
    return dW1, dW2


rng = np.random.default_rng(3)
X = rng.normal(size=(3, 14))
Y = rng.integers(0, 2, size=(1, 14)).astype(float)
W1 = rng.normal(size=(5, 3))
W2 = rng.normal(size=(1, 5))
lambd = 0.7
learning_rate = 0.3
for i in range(100):
    H, P = forward(X, W1, W2)
    cost = cost_with_l2(P, Y, W1, W2, lambd)
    dW1, dW2 = backward(X, Y, H, P, W1, W2, lambd)
    W1 -= learning_rate * dW1
    W2 -= learning_rate * dW2
