# expect: line=16 variable=db mistake=scale
# right: np.sum(dZ, axis=1, keepdims=True) / m
# expect: line=41 variable=dZ mistake=wrong-derivative
# right: dA * (caches[l - 2][1] > 0)
import numpy as np


def relu(Z):
    return np.maximum(0, Z)


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = dZ @ A_prev.T / m
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = W.T @ dZ
    return dA_prev, dW, db


def L_model_forward(X, parameters):
    caches = []
    A = X
    L = len(parameters) // 2
    for l in range(1, L + 1):
        W, b = parameters["W" + str(l)], parameters["b" + str(l)]
        Z = W @ A + b
        caches.append(((A, W, b), Z))
        A = relu(Z) if l < L else 1 / (1 + np.exp(-Z))
    return A, caches


def L_model_backward(AL, Y, caches):
    grads = {}
    L = len(caches)
    dZ = AL - Y
    for l in range(L, 0, -1):
        linear_cache, Z = caches[l - 1]
        dA, grads["dW" + str(l)], grads["db" + str(l)] = linear_backward(dZ, linear_cache)
        if l > 1:
            dZ = dA * (caches[l - 1][0][0] >= 0)
    return grads


np.random.seed(3)
X = np.random.randn(4, 15)
Y = (np.random.rand(1, 15) > 0.4).astype(float)
dims = [4, 5, 5, 1]
parameters = {}
for l in range(1, 4):
    parameters["W" + str(l)] = np.random.randn(dims[l], dims[l - 1]) * 0.5
    parameters["b" + str(l)] = np.random.randn(dims[l], 1) * 0.1
for i in range(100):
    AL, caches = L_model_forward(X, parameters)
    cost = -np.mean(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))
    grads = L_model_backward(AL, Y, caches)
    for l in range(1, 4):
        parameters["W" + str(l)] -= 0.1 * grads["dW" + str(l)]
        parameters["b" + str(l)] -= 0.1 * grads["db" + str(l)]
