# expect: line=25 variable=error1 mistake=missing-derivative|dropped-upstream|wrong-operand
# right: delta2 @ w1.T
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def sigmoid_slope(s):
    return s * (1 - s)

np.random.seed(3)
X = np.random.rand(8, 3)
y = (X.sum(axis=1, keepdims=True) > 1.5).astype(float)

w0 = np.random.randn(3, 5)
w1 = np.random.randn(5, 1)

for i in range(300):
    layer1 = sigmoid(X @ w0)
    layer2 = sigmoid(layer1 @ w1)

    error2 = y - layer2
    delta2 = error2 * sigmoid_slope(layer2)

    error1 = error2 @ w1.T
    delta1 = error1 * sigmoid_slope(layer1)

    w1 += layer1.T @ delta2
    w0 += X.T @ delta1
