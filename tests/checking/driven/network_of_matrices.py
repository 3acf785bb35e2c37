# binds: dW1 dW2 db1 db2 loss
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def forward(X, W1, b1, W2, b2):
    z1 = X @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    a2 = sigmoid(z2)
    return z1, a1, z2, a2

def compute_loss(a2, y):
    return np.mean(np.sum((a2 - y) ** 2, axis=1))

def backward(X, y, z1, a1, z2, a2, W2):
    n = X.shape[0]
    dz2 = 2 * (a2 - y) / n * a2 * (1 - a2)
    dW2 = a1.T @ dz2
    db2 = dz2.sum(axis=0)
    dz1 = dz2 @ W2.T * a1 * (1 - a1)
    dW1 = X.T @ dz1
    db1 = dz1.sum(axis=0)
    return dW1, db1, dW2, db2
