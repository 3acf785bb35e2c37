# expect: line=21 variable=W2 mistake=update-sign
# right: W2 - lr * dW2
# expect: line=22 variable=W1 mistake=update-sign
# right: W1 - lr * dW1
import numpy as np

rng = np.random.default_rng(141)
X = rng.normal(size=(10, 3))
Y = rng.normal(size=(10, 2))
W1 = rng.normal(size=(3, 4))
W2 = rng.normal(size=(4, 2))
lr = 0.05

for epoch in range(20):
    H = np.tanh(X @ W1)
    out = H @ W2
    loss = np.sum((out - Y) ** 2)
    G2 = 2 * (out - Y)
    dW2 = H.T @ G2
    dW1 = X.T @ ((G2 @ W2.T) * (1 - H ** 2))
    W2 = W2 + lr * dW2
    W1 = W1 + lr * dW1
