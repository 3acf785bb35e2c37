# expect: line=16 variable=ds mistake=missing-derivative|loss-mismatch
# right: p * (p - T - np.sum((p - T) * p, axis=1, keepdims=True))
import numpy as np

rng = np.random.default_rng(10)
X = rng.normal(size=(20, 5))
T = np.eye(4)[rng.integers(0, 4, 20)]
W1 = rng.normal(0, 0.3, (5, 7))
W2 = rng.normal(0, 0.3, (7, 4))
for epoch in range(50):
    h = np.tanh(X @ W1)
    s = h @ W2
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    loss = 0.5 * np.sum((p - T) ** 2)
    ds = p - T
    dW2 = h.T @ ds
    dh = ds @ W2.T * (1 - h**2)
    dW1 = X.T @ dh
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
print(loss)
