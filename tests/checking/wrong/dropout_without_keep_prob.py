# expect: line=26 variable=dA1 mistake=scale
# right: (W2.T @ dZ2) * D1 / keep_prob
import numpy as np

np.random.seed(6)
keep_prob = 0.6
m = 12
X = np.random.randn(3, m)
Y = (np.random.rand(1, m) > 0.5).astype(float)
W1 = np.random.randn(6, 3)
b1 = np.zeros((6, 1))
W2 = np.random.randn(1, 6)
b2 = np.zeros((1, 1))

for i in range(50):
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    D1 = np.random.rand(*A1.shape) < keep_prob
    A1_dropped = A1 * D1 / keep_prob
    A2 = 1 / (1 + np.exp(-(W2 @ A1_dropped + b2)))
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

    dZ2 = (A2 - Y) / m
    dW2 = dZ2 @ A1_dropped.T
    db2 = dZ2.sum(axis=1, keepdims=True)
    dA1 = (W2.T @ dZ2) * D1
    dZ1 = dA1 * (1 - A1 ** 2)
    dW1 = dZ1 @ X.T
    db1 = dZ1.sum(axis=1, keepdims=True)

    W1 -= 0.1 * dW1
    b1 -= 0.1 * db1
    W2 -= 0.1 * dW2
    b2 -= 0.1 * db2
