# expect: line=32 variable=db1 mistake=wrong-axis
# right: np.sum(dZ1, axis=0)
import numpy as np
import matplotlib.pyplot as plt

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)

rng = np.random.default_rng(7)
W1 = rng.normal(size=(2, 3))
b1 = np.zeros((1, 3))
W2 = rng.normal(size=(3, 1))
b2 = np.zeros((1, 1))
lr = 0.5

losses = []
for epoch in range(400):
    A1 = sigmoid(X @ W1 + b1)
    A2 = sigmoid(A1 @ W2 + b2)

    loss = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    losses.append(loss)

    dZ2 = (A2 - Y) / len(X)
    dW2 = A1.T @ dZ2
    db2 = np.sum(dZ2)
    dZ1 = (dZ2 @ W2.T) * A1 * (1 - A1)
    dW1 = X.T @ dZ1
    db1 = np.sum(dZ1)

    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2

plt.plot(losses)
plt.show()
