import numpy as np

rng = np.random.default_rng(1)
X = rng.normal(size=(40, 4))
y = np.argmax(X[:, :3], axis=1)
W = np.zeros((4, 3))
for epoch in range(50):
    for x, label in zip(X, y):
        z = x @ W
        p = np.exp(z - z.max())
        p /= p.sum()
        direction = -p
        direction[label] += 1
        W += 0.1 * np.outer(x, direction)
print(np.mean(np.argmax(X @ W, axis=1) == y))
