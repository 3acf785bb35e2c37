import numpy as np

# softmax regression with examples in columns
rng = np.random.RandomState(16)
n_x, n_y, m = 5, 3, 40
X = rng.randn(n_x, m)
labels = np.argmax(rng.randn(n_y, n_x) @ X, axis=0)
Y = np.zeros((n_y, m))
Y[labels, np.arange(m)] = 1

W = np.zeros((n_y, n_x))
b = np.zeros((n_y, 1))
alpha = 0.5

for i in range(200):
    Z = np.dot(W, X) + b
    t = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    A = t / np.sum(t, axis=0, keepdims=True)
    J = -np.sum(Y * np.log(A)) / m
    dZ = A - Y
    dW = np.dot(dZ, X.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    W -= alpha * dW
    b -= alpha * db
    if i % 50 == 0:
        print(i, J, 'acc', np.mean(np.argmax(A, axis=0) == labels))
