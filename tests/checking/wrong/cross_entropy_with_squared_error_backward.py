# expect: line=22 variable=delta_out mistake=wrong-derivative|loss-mismatch
# right: Y - T
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


np.random.seed(33)
X = np.random.randn(20, 2)
T = ((X ** 2).sum(axis=1, keepdims=True) < 1.5).astype(float)
W1 = np.random.randn(2, 6)
W2 = np.random.randn(6, 1)
lr = 0.05

for epoch in range(100):
    H = sigmoid(X.dot(W1))
    Y = sigmoid(H.dot(W2))
    loss = -np.mean(T * np.log(Y) + (1 - T) * np.log(1 - Y))

    delta_out = (Y - T) * Y * (1 - Y)
    delta_hidden = delta_out.dot(W2.T) * H * (1 - H)
    W2 -= lr * H.T.dot(delta_out)
    W1 -= lr * X.T.dot(delta_hidden)
