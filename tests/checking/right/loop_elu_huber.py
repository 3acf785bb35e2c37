import numpy as np

np.random.seed(66)
alpha = 1.0
delta = 0.5
X = np.random.uniform(-3, 3, (30, 1))
y = X ** 2 / 3 + np.random.randn(30, 1) * 0.2

W1, b1 = np.random.randn(1, 9), np.random.randn(9) * 0.3
W2, b2 = np.random.randn(9, 1) * 0.5, np.zeros(1)
eta = 0.05

def elu(z):
    return np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0)) - 1))

def d_elu(z):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))

def huber(r):
    small = np.abs(r) <= delta
    return np.where(small, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta))

for k in range(300):
    z1 = X @ W1 + b1
    a1 = elu(z1)
    out = a1 @ W2 + b2
    r = out - y
    loss = huber(r).mean()

    dr = np.clip(r, -delta, delta) / len(r)
    dW2 = a1.T @ dr
    db2 = dr.sum(0)
    dz1 = (dr @ W2.T) * d_elu(z1)
    dW1 = X.T @ dz1
    db1 = dz1.sum(0)

    W1, b1 = W1 - eta * dW1, b1 - eta * db1
    W2, b2 = W2 - eta * dW2, b2 - eta * db2
    if k % 100 == 0:
        print(k, loss)
