# L-layer network, Coursera style: parameters dict, caches, lambd, keep_prob
import numpy as np


def initialize_parameters_he(layers_dims):
    np.random.seed(3)
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters["W" + str(l)] = np.random.randn(layers_dims[l], layers_dims[l - 1]) * np.sqrt(2.0 / layers_dims[l - 1])
        parameters["b" + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters


def relu(Z):
    return np.maximum(0, Z)


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def forward_propagation(X, parameters, keep_prob):
    L = len(parameters) // 2
    A = X
    caches = []
    for l in range(1, L + 1):
        A_prev = A
        Z = np.dot(parameters["W" + str(l)], A_prev) + parameters["b" + str(l)]
        D = None
        if l < L:
            A = relu(Z)
            D = (np.random.rand(A.shape[0], A.shape[1]) < keep_prob).astype(int)
            A = A * D / keep_prob
        else:
            A = sigmoid(Z)
        caches.append((A_prev, Z, A, D))
    return A, caches


def compute_cost(AL, Y, parameters, lambd):
    m = Y.shape[1]
    cross_entropy = -1.0 / m * np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))
    L2 = 0
    for l in range(1, len(parameters) // 2 + 1):
        L2 += np.sum(np.square(parameters["W" + str(l)]))
    cost = cross_entropy + lambd / (2 * m) * L2
    return np.squeeze(cost)


def backward_propagation(AL, Y, caches, parameters, lambd, keep_prob):
    m = Y.shape[1]
    grads = {}
    L = len(caches)
    dZ = AL - Y
    for l in reversed(range(1, L + 1)):
        A_prev, Z, A, D = caches[l - 1]
        if l < L:
            dA = grads["dA" + str(l)] * D / keep_prob
            dZ = np.multiply(dA, np.int64(Z > 0))
        grads["dW" + str(l)] = 1.0 / m * np.dot(dZ, A_prev.T) + lambd / m * parameters["W" + str(l)]
        grads["db" + str(l)] = 1.0 / m * np.sum(dZ, axis=1, keepdims=True)
        grads["dA" + str(l - 1)] = np.dot(parameters["W" + str(l)].T, dZ)
    return grads


def update_parameters(parameters, grads, learning_rate):
    for l in range(len(parameters) // 2):
        parameters["W" + str(l + 1)] = parameters["W" + str(l + 1)] - learning_rate * grads["dW" + str(l + 1)]
        parameters["b" + str(l + 1)] = parameters["b" + str(l + 1)] - learning_rate * grads["db" + str(l + 1)]
    return parameters


def model(X, Y, layers_dims, learning_rate=0.3, num_iterations=1000, lambd=0.1, keep_prob=0.86, print_cost=True):
    parameters = initialize_parameters_he(layers_dims)
    costs = []
    for i in range(num_iterations):
        AL, caches = forward_propagation(X, parameters, keep_prob)
        cost = compute_cost(AL, Y, parameters, lambd)
        grads = backward_propagation(AL, Y, caches, parameters, lambd, keep_prob)
        parameters = update_parameters(parameters, grads, learning_rate)
        if print_cost and i % 200 == 0:
            print("Cost after iteration {}: {}".format(i, cost))
            costs.append(cost)
    return parameters


np.random.seed(1)
train_X = np.random.randn(2, 120)
train_Y = (np.sum(train_X ** 2, axis=0, keepdims=True) < 1.2).astype(int)
parameters = model(train_X, train_Y, [2, 10, 5, 1])
