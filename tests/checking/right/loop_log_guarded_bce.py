import numpy as np
np.random.seed(0)
X = np.random.randn(20, 4); y = np.random.randint(0, 2, (20, 1)); eps = 1e-5
W1 = np.random.randn(4, 5); W2 = np.random.randn(5, 1)
for i in range(50):
    h = np.tanh(X @ W1)
    p = 1 / (1 + np.exp(-h @ W2))
    loss = -np.mean(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps))
    dz = (p - y) / 20
    dW2 = h.T @ dz
    dW1 = X.T @ (dz @ W2.T * (1 - h ** 2))
    W1 -= 0.1 * dW1; W2 -= .1 * dW2
