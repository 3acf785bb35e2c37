# expect: line=21 variable=W1 mistake=shape
# right: W1 - rate * np.outer(delta_hid, x)
import numpy as np

rng = np.random.default_rng(0)
n = 4
W1 = rng.normal(0, 0.5, (n, n))
W2 = rng.normal(0, 0.5, n)
data = rng.normal(size=(20, n))
targets = np.tanh(data.sum(axis=1))
rate = 0.05

for epoch in range(30):
    for x, t in zip(data, targets):
        h = np.tanh(W1 @ x)
        y = W2 @ h
        loss = 0.5 * (y - t) ** 2
        delta_out = y - t
        delta_hid = delta_out * W2 * (1 - h * h)
        W2 = W2 - rate * delta_out * h
        W1 = W1 - rate * delta_hid * x
        last = loss
print(last)
