import numpy as np

np.random.seed(1)
N, D, H, C = 6, 4, 5, 3
X = np.random.randn(N, D)
labels = np.array([0, 2, 1, 1, 0, 2])
Y = np.eye(C)[labels]

W1 = np.random.randn(D, H) * 0.5
b1 = np.zeros((1, H))
W2 = np.random.randn(H, C) * 0.5
b2 = np.zeros((1, C))

# ---- forward
Z1 = X @ W1 + b1
A1 = np.tanh(Z1)
Z2 = A1 @ W2 + b2
expZ = np.exp(Z2 - np.max(Z2, axis=1, keepdims=True))
probs = expZ / np.sum(expZ, axis=1, keepdims=True)
loss = -np.sum(Y * np.log(probs)) / N
print('loss: %.4f' % loss)

# ---- backward
dZ2 = (probs - Y) / N
dW2 = A1.T @ dZ2
db2 = np.sum(dZ2, axis=0, keepdims=True)
dA1 = dZ2 @ W2.T
dZ1 = dA1 * (1 - A1 ** 2)
dW1 = X.T @ dZ1
db1 = np.sum(dZ1, axis=0, keepdims=True)

print('accuracy', np.mean(np.argmax(probs, axis=1) == labels))
