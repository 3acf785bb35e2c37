# expect: line=15 variable=return mistake=derivative-at-wrong-point
# right: dA * Z * (1 - Z)
import numpy as np


def sigmoid(Z):
    A = 1 / (1 + np.exp(-Z))
    cache = Z
    return A, cache


def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)


def linear_forward(A, W, b):
    return np.dot(W, A) + b, (A, W, b)


def linear_activation_forward(A_prev, W, b):
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, activation_cache = sigmoid(Z)
    return A, (linear_cache, A)


def linear_activation_backward(dA, cache):
    linear_cache, activation_cache = cache
    dZ = sigmoid_backward(dA, activation_cache)
    A_prev, W, b = linear_cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


np.random.seed(2)
A0 = np.random.randn(4, 10)
Y = (np.random.rand(1, 10) > 0.5).astype(float)
W = {1: np.random.randn(3, 4), 2: np.random.randn(1, 3)}
b = {1: np.zeros((3, 1)), 2: np.zeros((1, 1))}
for i in range(50):
    A1, c1 = linear_activation_forward(A0, W[1], b[1])
    AL, c2 = linear_activation_forward(A1, W[2], b[2])
    cost = -np.mean(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))
    dAL = -(Y / AL) + (1 - Y) / (1 - AL)
    dA1, dW2, db2 = linear_activation_backward(dAL, c2)
    dA0, dW1, db1 = linear_activation_backward(dA1, c1)
    W[1] -= 0.5 * dW1
    b[1] -= 0.5 * db1
    W[2] -= 0.5 * dW2
    b[2] -= 0.5 * db2
