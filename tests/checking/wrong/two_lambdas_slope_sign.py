# expect: line=7 variable=lambda mistake=wrong-derivative
# right: y * (1 - y)
import numpy as np

rng = np.random.default_rng(3)
sigmoid = lambda z: 1 / (1 + np.exp(-z))
dsigmoid = lambda y: y * (1 + y)

X = rng.normal(size=(12, 3))
T = rng.uniform(size=(12, 2))
W1 = rng.normal(size=(3, 5))
W2 = rng.normal(size=(5, 2))
for epoch in range(100):
    h = sigmoid(X @ W1)
    y = sigmoid(h @ W2)
    loss = 0.5 * np.sum((y - T) ** 2)
    d2 = (y - T) * dsigmoid(y)
    d1 = d2 @ W2.T * dsigmoid(h)
    W2 -= 0.1 * h.T @ d2
    W1 -= 0.1 * X.T @ d1
