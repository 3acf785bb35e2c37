# expect: line=20 variable=dz mistake=updated-weight
# right: dout @ W2_was.T * (1 - h**2)
# keep: line=19 W2_was = W2
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4))
Y = np.sin(X[:, :2])
W1, b1 = 0.4 * rng.normal(size=(4, 6)), np.zeros(6)
W2, b2 = 0.4 * rng.normal(size=(6, 2)), np.zeros(2)
eta = 0.05

for step in range(100):
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    loss = 0.5 * np.mean(np.sum((out - Y) ** 2, axis=1))
    dout = (out - Y) / len(X)
    dW2, db2 = h.T @ dout, dout.sum(axis=0)
    W2, b2 = W2 - eta * dW2, b2 - eta * db2
    dz = dout @ W2.T * (1 - h**2)
    dW1, db1 = X.T @ dz, dz.sum(axis=0)
    W1, b1 = W1 - eta * dW1, b1 - eta * db1
