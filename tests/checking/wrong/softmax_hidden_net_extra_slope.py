# expect: line=27 variable=dZ2 mistake=softmax-jacobian
# right: A2 - Y
import numpy as np

def softmax(x):
    e = np.exp(x - np.max(x, axis=0, keepdims=True))
    return e / np.sum(e, axis=0, keepdims=True)

# columns are examples, as in Andrew Ng's course
rng = np.random.default_rng(2)
m = 10
X = rng.standard_normal((4, m))
Y = np.eye(3)[rng.integers(0, 3, m)].T

W1 = rng.standard_normal((5, 4)) * 0.5
b1 = np.zeros((5, 1))
W2 = rng.standard_normal((3, 5)) * 0.5
b2 = np.zeros((3, 1))

for i in range(150):
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = softmax(Z2)
    cost = -np.sum(Y * np.log(A2)) / m

    dZ2 = (A2 - Y) * A2 * (1 - A2)
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m

    W1 = W1 - 0.5 * dW1
    b1 = b1 - 0.5 * db1
    W2 = W2 - 0.5 * dW2
    b2 = b2 - 0.5 * db2
