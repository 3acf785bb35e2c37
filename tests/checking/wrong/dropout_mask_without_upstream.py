# expect: line=57 variable=dZ1 mistake=dropped-upstream
# right: np.multiply(dA1, np.int64(A1 > 0))
import numpy as np

np.random.seed(5)
m = 30
X = np.random.randn(3, m)
Y = (np.sum(X ** 2, axis=0, keepdims=True) > 2.5).astype(float)
layers_dims = [3, 8, 5, 1]
W1 = np.random.randn(8, 3) / np.sqrt(3)
b1 = np.zeros((8, 1))
W2 = np.random.randn(5, 8) / np.sqrt(8)
b2 = np.zeros((5, 1))
W3 = np.random.randn(1, 5) / np.sqrt(5)
b3 = np.zeros((1, 1))
lambd = 0.7
keep_prob = 0.86
learning_rate = 0.3

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

for i in range(300):
    D1 = np.random.rand(8, m)
    D1 = (D1 < keep_prob).astype(int)
    D2 = np.random.rand(5, m)
    D2 = (D2 < keep_prob).astype(int)
    # LINEAR -> RELU + DROPOUT -> LINEAR -> RELU + DROPOUT -> LINEAR -> SIGMOID
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(0, Z1)
    A1 = A1 * D1
    A1 = A1 / keep_prob
    Z2 = np.dot(W2, A1) + b2
    A2 = np.maximum(0, Z2)
    A2 = A2 * D2
    A2 = A2 / keep_prob
    Z3 = np.dot(W3, A2) + b3
    A3 = sigmoid(Z3)

    logprobs = np.multiply(-np.log(A3), Y) + np.multiply(-np.log(1 - A3), 1 - Y)
    cross_entropy_cost = 1. / m * np.sum(logprobs)
    L2_regularization_cost = lambd / (2 * m) * (np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3)))
    cost = cross_entropy_cost + L2_regularization_cost

    dZ3 = A3 - Y
    dW3 = 1. / m * np.dot(dZ3, A2.T) + lambd / m * W3
    db3 = 1. / m * np.sum(dZ3, axis=1, keepdims=True)
    dA2 = np.dot(W3.T, dZ3)
    dA2 = dA2 * D2
    dA2 = dA2 / keep_prob
    dZ2 = np.multiply(dA2, np.int64(A2 > 0))
    dW2 = 1. / m * np.dot(dZ2, A1.T) + lambd / m * W2
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dA1 = dA1 * D1
    dA1 = dA1 / keep_prob
    dZ1 = np.int64(A1 > 0)
    dW1 = 1. / m * np.dot(dZ1, X.T) + lambd / m * W1
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)

    W1 = W1 - learning_rate * dW1
    b1 = b1 - learning_rate * db1
    W2 = W2 - learning_rate * dW2
    b2 = b2 - learning_rate * db2
    W3 = W3 - learning_rate * dW3
    b3 = b3 - learning_rate * db3
    if i % 100 == 0:
        print("Cost after iteration {}: {}".format(i, cost))
