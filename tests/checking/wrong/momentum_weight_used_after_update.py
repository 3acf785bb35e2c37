# expect: line=30 variable=d1 mistake=updated-weight
# right: err.dot(W2_was.T) * (1 - a1 ** 2)
# keep: line=24 W2_was = W2
import numpy as np
import matplotlib.pyplot as plt

rng = np.random.RandomState(28)
X = rng.rand(30, 2) * 2 - 1
y = np.sin(3 * X[:, :1]) * X[:, 1:]

W1, b1 = rng.randn(2, 8), np.zeros((1, 8))
W2, b2 = rng.randn(8, 1), np.zeros((1, 1))
v1 = vb1 = v2 = vb2 = 0
lr, momentum = 0.02, 0.8
history = []

for epoch in range(200):
    a1 = np.tanh(X.dot(W1) + b1)
    out = a1.dot(W2) + b2
    err = out - y
    history.append(np.mean(err ** 2))

    # output layer
    v2 = momentum * v2 + a1.T.dot(err)
    vb2 = momentum * vb2 + err.sum(axis=0, keepdims=True)
    W2 = W2 - lr * v2
    b2 = b2 - lr * vb2

    # hidden layer
    d1 = err.dot(W2.T) * (1 - a1 ** 2)
    v1 = momentum * v1 + X.T.dot(d1)
    vb1 = momentum * vb1 + d1.sum(axis=0, keepdims=True)
    W1 = W1 - lr * v1
    b1 = b1 - lr * vb1

plt.plot(history)
plt.show()
