# expect: line=11 variable=dZ mistake=scale
# right: np.array(dA, copy=True)
import numpy as np


def relu(Z):
    return np.maximum(0, Z)


def relu_backward(dA, Z):
    dZ = 2 * np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ


def linear_backward(dZ, A, W):
    m = A.shape[1]
    return W.T @ dZ, dZ @ A.T / m, dZ.sum(axis=1, keepdims=True) / m


rng = np.random.default_rng(8)
X = rng.normal(size=(4, 30))
Y = np.sin(X[:1]) * X[1:2]
sizes = [4, 6, 5, 1]
Ws = [rng.normal(size=(n, k)) * 0.5 for k, n in zip(sizes, sizes[1:])]
bs = [np.zeros((n, 1)) for n in sizes[1:]]

for step in range(300):
    A, caches = X, []
    for l, (W, b) in enumerate(zip(Ws, bs)):
        Z = W @ A + b
        caches.append((A, Z))
        A = relu(Z) if l < len(Ws) - 1 else Z
    cost = np.sum((A - Y) ** 2) / X.shape[1]

    dZ = 2 * (A - Y)
    for l in reversed(range(len(Ws))):
        A_prev, Z = caches[l]
        dA, dW, db = linear_backward(dZ, A_prev, Ws[l])
        if l > 0:
            dZ = relu_backward(dA, caches[l - 1][1])
        Ws[l] = Ws[l] - 0.05 * dW
        bs[l] = bs[l] - 0.05 * db
