# expect: line=17 variable=return mistake=wrong-derivative
# right: (1 - 2 * z**2) * np.exp(-z**2)
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(16, 5))
Y = rng.normal(size=(16, 2))
W1 = rng.normal(size=(5, 7)) * 0.4
W2 = rng.normal(size=(7, 2)) * 0.4


def bump(z):
    return z * np.exp(-z**2)


def bump_slope(z):
    return np.tanh(z)


for epoch in range(20):
    z1 = X @ W1
    a1 = bump(z1)
    out = a1 @ W2
    loss = np.mean((out - Y) ** 2)
    dout = 2 * (out - Y) / Y.size
    dW2 = a1.T @ dout
    da1 = dout @ W2.T
    dz1 = da1 * bump_slope(z1)
    dW1 = X.T @ dz1
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
print(loss)
