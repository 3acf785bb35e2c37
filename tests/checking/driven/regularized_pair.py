# binds: dW1 dW2 loss
import numpy as np

def forward_propagation(X, W1, W2):
    A1 = np.maximum(0, W1 @ X)
    A2 = 1 / (1 + np.exp(-(W2 @ A1)))
    return A2, (A1, A2)

def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

def compute_cost_with_regularization(A2, Y, W1, W2, lambd):
    m = Y.shape[1]
    l2 = lambd / (2 * m) * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
    return compute_cost(A2, Y) + l2

def backward_propagation_with_regularization(X, Y, cache, W1, W2, lambd):
    m = X.shape[1]
    A1, A2 = cache
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m + lambd / m * W2
    dZ1 = W2.T @ dZ2 * (A1 > 0)
    dW1 = dZ1 @ X.T / m + lambd / m * W1
    return dW1, dW2
