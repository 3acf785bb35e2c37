# expect: line=28 variable=dZ1 mistake=derivative-at-wrong-point
# right: dA1 * (1 - np.power(A1, 2))
# expect: line=30 variable=grads["b1"] mistake=wrong-axis
# right: 1 / m * np.sum(dZ1, axis=1, keepdims=True)
import numpy as np


def layer_sizes(X, Y):
    return X.shape[0], 4, Y.shape[0]


def forward(X, params):
    Z1 = np.dot(params["W1"], X) + params["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(params["W2"], A1) + params["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, (Z1, A1, Z2, A2)


def backward(X, Y, params, cache):
    Z1, A1, Z2, A2 = cache
    m = X.shape[1]
    grads = {}
    dZ2 = A2 - Y
    grads["W2"] = 1 / m * np.dot(dZ2, A1.T)
    grads["b2"] = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(params["W2"].T, dZ2)
    dZ1 = dA1 * (1 - np.power(Z1, 2))
    grads["W1"] = 1 / m * np.dot(dZ1, X.T)
    grads["b1"] = 1 / m * np.sum(dZ1)
    return grads


rng = np.random.default_rng(6)
X = rng.normal(size=(2, 16))
Y = (X.sum(axis=0, keepdims=True) > 0) * 1.0
n_x, n_h, n_y = layer_sizes(X, Y)
params = {
    "W1": rng.normal(size=(n_h, n_x)) * 0.3,
    "b1": np.zeros((n_h, 1)),
    "W2": rng.normal(size=(n_y, n_h)) * 0.3,
    "b2": np.zeros((n_y, 1)),
}
for i in range(60):
    A2, cache = forward(X, params)
    cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    grads = backward(X, Y, params, cache)
    for key in params:
        params[key] = params[key] - 0.5 * grads[key]
