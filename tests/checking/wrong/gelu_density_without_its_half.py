# expect: line=20 variable=return mistake=wrong-derivative
# right: return 0.5 * (1 + erf(x / np.sqrt(2))) + x * np.exp(-x ** 2 / 2) / np.sqrt(2 * np.pi)
import numpy as np
from scipy.special import erf

rng = np.random.default_rng(0)
X = rng.normal(size=(16, 5))
Y = rng.normal(size=(16, 2))
W1 = rng.normal(size=(5, 7)) * 0.4
b1 = np.zeros(7)
W2 = rng.normal(size=(7, 2)) * 0.4
b2 = np.zeros(2)


def gelu(x):
    return 0.5 * x * (1 + erf(x / np.sqrt(2)))


def dgelu(x):
    return 0.5 * (1 + erf(x / np.sqrt(2))) + x * np.exp(-x**2) / np.sqrt(2 * np.pi)


for epoch in range(20):
    z1 = X @ W1 + b1
    a1 = gelu(z1)
    out = a1 @ W2 + b2
    loss = np.mean((out - Y) ** 2)
    dout = 2 * (out - Y) / Y.size
    dW2 = a1.T @ dout
    db2 = dout.sum(0)
    dz1 = (dout @ W2.T) * dgelu(z1)
    dW1 = X.T @ dz1
    db1 = dz1.sum(0)
    W1 -= 0.1 * dW1
    b1 -= 0.1 * db1
    W2 -= 0.1 * dW2
    b2 -= 0.1 * db2
print(loss)
