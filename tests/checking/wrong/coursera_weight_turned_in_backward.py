# expect: line=30 variable=params[key] mistake=crash
# right: dW1 = X.T @ dZ1 / m
import numpy as np

def init(n, h, k):
    np.random.seed(0)
    return {"W1": np.random.randn(n, h) * .1, "b1": np.zeros(h), "W2": np.random.randn(h, k) * .1, "b2": np.zeros(k)}

def forward(X, params):
    Z1 = X @ params["W1"] + params["b1"]
    A1 = np.tanh(Z1)
    Z2 = A1 @ params["W2"] + params["b2"]
    E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    A2 = E / E.sum(axis=1, keepdims=True)
    return A2, {"A1": A1, "A2": A2}

def backward(params, cache, X, Y):
    m = X.shape[0]
    dZ2 = cache["A2"] - Y
    dW2 = cache["A1"].T @ dZ2 / m
    db2 = dZ2.sum(axis=0) / m
    dA1 = dZ2 @ params["W2"].T
    dZ1 = dA1 * (1 - cache["A1"] ** 2)
    dW1 = dZ1.T @ X / m
    db1 = dZ1.sum(axis=0) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}

def update(params, grads, lr):
    for key in params:
        params[key] = params[key] - lr * grads["d" + key]
    return params

X = np.random.randn(20, 4)
labels = (X[:, 0] > 0).astype(int)
Y = np.eye(2)[labels]
params = init(4, 6, 2)
for i in range(100):
    A2, cache = forward(X, params)
    cost = -np.mean(np.sum(Y * np.log(A2), axis=1))
    grads = backward(params, cache, X, Y)
    params = update(params, grads, 0.5)
    if i % 10 == 0:
        print(cost)
