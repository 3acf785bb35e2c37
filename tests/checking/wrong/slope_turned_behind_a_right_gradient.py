# expect: line=11 variable=dz mistake=wrong-derivative|sign
# right: da * a * (1 - a)
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_backward(da, a):
    dz = da * a * (a - 1)
    return dz


rng = np.random.default_rng(2)
X = rng.normal(size=(4, 25))
Y = (X[:1] * X[1:2] > 0) * 1.0
params = {"W1": 0.4 * rng.normal(size=(6, 4)), "b1": np.zeros((6, 1))}
params |= {"W2": 0.4 * rng.normal(size=(1, 6)), "b2": np.zeros((1, 1))}
m = X.shape[1]

for i in range(200):
    hidden = np.tanh(params["W1"] @ X + params["b1"])
    A2 = sigmoid(params["W2"] @ hidden + params["b2"])
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

    dA2 = -(np.divide(Y, A2) - np.divide(1 - Y, 1 - A2))
    dZ2 = sigmoid_backward(dA2, A2)
    dZ1 = params["W2"].T @ dZ2 * (1 - hidden**2)
    grads = {"W2": dZ2 @ hidden.T / m, "b2": dZ2.sum(axis=1, keepdims=True) / m}
    grads |= {"W1": dZ1 @ X.T / m, "b1": dZ1.sum(axis=1, keepdims=True) / m}
    for name in params:
        params[name] = params[name] - 0.3 * grads[name]
