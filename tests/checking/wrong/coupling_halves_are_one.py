# expect: line=22 variable=dy2 mistake=wrong-operand
# right: (dy[:C], dy[C:])
import numpy as np

rng = np.random.default_rng(2)
C = 3
x = rng.normal(size=(2 * C, 20))
y = np.sin(x[:2])
W = 0.4 * rng.normal(size=(C, C))
V = 0.4 * rng.normal(size=(2, 2 * C))
U = 0.4 * rng.normal(size=(2 * C, 2 * C))


def coupling_forward(x):
    x1, x2 = x[:C], x[C:]
    t = np.tanh(W @ x1)
    return np.concatenate([x1, x2 + t]), (x1, t)


def coupling_backward(dy, cache):
    x1, t = cache
    dy1, dy2 = dy[:C], dy[:C]
    dt = dy2 * (1 - t**2)
    dW = dt @ x1.T
    dx1 = dy1 + W.T @ dt
    dx2 = dy2
    return np.concatenate([dx1, dx2]), dW


for step in range(200):
    u = np.tanh(U @ x)
    h, cache = coupling_forward(u)
    out = V @ h
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dV = dout @ h.T
    dh = V.T @ dout
    du, dW = coupling_backward(dh, cache)
    dU = (du * (1 - u**2)) @ x.T
    V -= 0.01 * dV
    W -= 0.01 * dW
    U -= 0.01 * dU
