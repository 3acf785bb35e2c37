# expect: line=45 variable=dz2 mistake=missing-derivative
# right: (dz3 @ W3.T) * a2 * (1 - a2)
# expect: line=50 variable=db1 mistake=wrong-operand
# right: np.sum(dz1, axis=0, keepdims=True)
import numpy as np

# A small stand-in for MNIST: 8x8 digits, ten classes
rng = np.random.default_rng(70)
images = rng.random((40, 64))
labels = rng.integers(0, 10, 40)
one_hot = np.eye(10)[labels]

W1 = rng.normal(0, 0.2, (64, 16))
b1 = np.zeros((1, 16))
W2 = rng.normal(0, 0.2, (16, 16))
b2 = np.zeros((1, 16))
W3 = rng.normal(0, 0.2, (16, 10))
b3 = np.zeros((1, 10))

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)

batch_size = 10
lr = 0.1
for epoch in range(5):
    for start in range(0, len(images), batch_size):
        x = images[start:start + batch_size]
        t = one_hot[start:start + batch_size]

        z1 = x @ W1 + b1
        a1 = sigmoid(z1)
        z2 = a1 @ W2 + b2
        a2 = sigmoid(z2)
        z3 = a2 @ W3 + b3
        y = softmax(z3)
        loss = -np.sum(t * np.log(y)) / batch_size

        dz3 = (y - t) / batch_size
        dW3 = a2.T @ dz3
        db3 = np.sum(dz3, axis=0, keepdims=True)
        dz2 = (dz3 @ W3.T) * (1 - a2)
        dW2 = a1.T @ dz2
        db2 = np.sum(dz2, axis=0, keepdims=True)
        dz1 = (dz2 @ W2.T) * a1 * (1 - a1)
        dW1 = x.T @ dz1
        db1 = np.sum(dz2, axis=0, keepdims=True)

        W1 -= lr * dW1
        b1 -= lr * db1
        W2 -= lr * dW2
        b2 -= lr * db2
        W3 -= lr * dW3
        b3 -= lr * db3
