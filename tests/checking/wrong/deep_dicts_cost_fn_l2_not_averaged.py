# expect: line=42 variable=grads['dW'+str(l)] mistake=regularization
# right: (dZ @ A_prev.T + lambd * p["W" + str(l)]) / m
import numpy as np


def init_params(dims):
    np.random.seed(3)
    p = {}
    for l in range(1, len(dims)):
        p["W" + str(l)] = np.random.randn(dims[l], dims[l - 1]) * 0.4
        p["b" + str(l)] = np.zeros((dims[l], 1))
    return p


def forward(X, p):
    L = len(p) // 2
    cache = {"A0": X}
    A = X
    for l in range(1, L + 1):
        Z = p["W" + str(l)] @ A + p["b" + str(l)]
        A = 1 / (1 + np.exp(-Z)) if l == L else np.tanh(Z)
        cache["Z" + str(l)] = Z
        cache["A" + str(l)] = A
    return A, cache


def cost_fn(AL, Y, p, lambd):
    m = Y.shape[1]
    L = len(p) // 2
    ce = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    l2 = sum(np.sum(np.square(p["W" + str(l)])) for l in range(1, L + 1))
    return ce + lambd / (2 * m) * l2


def backward(AL, Y, cache, p, lambd):
    grads = {}
    m = Y.shape[1]
    L = len(p) // 2
    dZ = AL - Y
    for l in range(L, 0, -1):
        A_prev = cache["A" + str(l - 1)]
        grads["dW" + str(l)] = dZ @ A_prev.T / m + lambd * p["W" + str(l)]
        grads["db" + str(l)] = np.sum(dZ, axis=1, keepdims=True) / m
        if l > 1:
            dZ = (p["W" + str(l)].T @ dZ) * (1 - A_prev**2)
    return grads


X = np.random.RandomState(0).randn(2, 30)
Y = (X[0:1] > X[1:2]).astype(int)
p = init_params([2, 5, 4, 1])
for i in range(200):
    AL, cache = forward(X, p)
    c = cost_fn(AL, Y, p, 0.7)
    grads = backward(AL, Y, cache, p, 0.7)
    for l in range(1, 4):
        p["W" + str(l)] -= 0.5 * grads["dW" + str(l)]
        p["b" + str(l)] -= 0.5 * grads["db" + str(l)]
