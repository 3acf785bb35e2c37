"""Adam by dictionaries with string keys; the decay of the weights is in their gradients."""

import numpy as np


def forward(X, p):
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    A2 = 1 / (1 + np.exp(-(p["W2"] @ A1 + p["b2"])))
    return A1, A2


def compute_cost(A2, Y, p, lambd):
    m = Y.shape[1]
    cross_entropy = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    return cross_entropy + lambd / (2 * m) * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))


def backward(X, Y, A1, A2, p, lambd):
    m = X.shape[1]
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m + lambd / m * p["W2"]
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = p["W2"].T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m + lambd / m * p["W1"]
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def update_parameters(p, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999):
    for l in range(1, 3):
        for name in ("W" + str(l), "b" + str(l)):
            v["d" + name] = beta1 * v["d" + name] + (1 - beta1) * grads["d" + name]
            s["d" + name] = beta2 * s["d" + name] + (1 - beta2) * grads["d" + name] ** 2
            v_corrected = v["d" + name] / (1 - beta1**t)
            s_corrected = s["d" + name] / (1 - beta2**t)
            p[name] = p[name] - learning_rate * v_corrected / np.sqrt(s_corrected + 1e-8)
    return p, v, s


np.random.seed(3)
X = np.random.randn(2, 90)
Y = (np.sum(X**2, axis=0, keepdims=True) > 1.2).astype(float)
parameters = {
    "W1": np.random.randn(5, 2), "b1": np.zeros((5, 1)),
    "W2": np.random.randn(1, 5), "b2": np.zeros((1, 1)),
}  # fmt: skip
v, s = {}, {}
for name in parameters:
    v["d" + name] = np.zeros(parameters[name].shape)
    s["d" + name] = np.zeros(parameters[name].shape)

for t in range(1, 300):
    A1, A2 = forward(X, parameters)
    cost = compute_cost(A2, Y, parameters, 0.1)
    grads = backward(X, Y, A1, A2, parameters, 0.1)
    parameters, v, s = update_parameters(parameters, grads, v, s, t)
    if t % 50 == 0:
        print(t, cost)
