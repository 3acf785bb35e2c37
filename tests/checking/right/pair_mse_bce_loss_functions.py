import numpy as np

def linear(x, W, b):
    return np.matmul(x, W) + b

def linear_grad(x, W, g):
    gW = np.matmul(x.T, g)
    gb = g.sum(axis=0)
    gx = np.matmul(g, W.T)
    return gx, gW, gb

def mse(y_hat, y):
    return np.mean((y_hat - y) ** 2)

def mse_grad(y_hat, y):
    return 2 * (y_hat - y) / y_hat.size

def bce(p, y):
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

def bce_grad(p, y):
    return (p - y) / (p * (1 - p)) / p.size

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoid_grad(z, g):
    s = sigmoid(z)
    return g * s * (1 - s)

np.random.seed(33)
X = np.random.randn(12, 3)
y = (np.random.rand(12, 1) > 0.4) * 1.0
W1, b1 = np.random.randn(3, 4), np.zeros(4)
W2, b2 = np.random.randn(4, 1), np.zeros(1)
for i in range(100):
    z1 = linear(X, W1, b1)
    a1 = sigmoid(z1)
    z2 = linear(a1, W2, b2)
    p = sigmoid(z2)
    loss = bce(p, y)
    g = bce_grad(p, y)
    g = sigmoid_grad(z2, g)
    g, gW2, gb2 = linear_grad(a1, W2, g)
    g = sigmoid_grad(z1, g)
    g, gW1, gb1 = linear_grad(X, W1, g)
    W1 -= 0.5 * gW1
    b1 -= 0.5 * gb1
    W2 -= 0.5 * gW2
    b2 -= 0.5 * gb2
    if i % 25 == 0:
        print(i, loss, 'mse', mse(p, y))
