# expect: line=23 variable=ds mistake=scale
# right: probs.copy()
import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(60, 6))
labels = rng.integers(0, 4, 60)
W1 = 0.3 * rng.normal(size=(6, 8))
W2 = 0.3 * rng.normal(size=(8, 4))
m1, v1 = np.zeros_like(W1), np.zeros_like(W1)
m2, v2 = np.zeros_like(W2), np.zeros_like(W2)
rate = 0.01

for t in range(1, 200):
    i = rng.integers(60)
    x, label = X[i], labels[i]
    h = np.tanh(x @ W1)
    s = h @ W2
    e = np.exp(s - s.max())
    probs = e / e.sum()
    loss = -np.log(probs[label])

    ds = 2 * probs.copy()
    ds[label] -= 1
    dW2 = np.outer(h, ds)
    dz = W2 @ ds * (1 - h**2)
    dW1 = np.outer(x, dz)

    m1 = 0.9 * m1 + 0.1 * dW1
    v1 = 0.99 * v1 + 0.01 * dW1**2
    m2 = 0.9 * m2 + 0.1 * dW2
    v2 = 0.99 * v2 + 0.01 * dW2**2
    W1 -= rate * (m1 / (1 - 0.9**t)) / (np.sqrt(v1 / (1 - 0.99**t)) + 1e-8)
    W2 -= rate * (m2 / (1 - 0.9**t)) / (np.sqrt(v2 / (1 - 0.99**t)) + 1e-8)
