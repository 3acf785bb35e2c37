# expect: line=17 variable=dW2 mistake=crash
# right: np.dot(dA2, A1.T)
import numpy as np

rng = np.random.default_rng(3)
m = 7
X = rng.normal(size=(3, m))
Y = rng.normal(size=(2, m))
W1, b1 = rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
W2, b2 = rng.normal(size=(2, 4)), rng.normal(size=(2, 1))

A1 = np.tanh(np.dot(W1, X) + b1)
A2 = np.dot(W2, A1) + b2
cost = np.sum((A2 - Y) ** 2) / (2 * m)

dA2 = (A2 - Y) / m
dW2 = np.dot(dA2, A1)
db2 = np.sum(dA2, axis=1, keepdims=True)
dA1 = np.dot(W2.T, dA2)
dZ1 = dA1 * (1 - A1 ** 2)
dW1 = np.dot(dZ1, X.T)
db1 = np.sum(dZ1, axis=1, keepdims=True)
print(dW1, db1, dW2, db2)
