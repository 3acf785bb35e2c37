"""An RNN of three steps, unrolled by hand: no loops, so that one sees each term."""
import numpy as np

np.random.seed(4)
x1, x2, x3 = np.random.randn(3, 2)
h0 = np.zeros(4)
t = np.array([0.5, -0.5])

U = np.random.randn(4, 2) * 0.5   # input to hidden
W = np.random.randn(4, 4) * 0.5   # hidden to hidden
V = np.random.randn(2, 4) * 0.5   # hidden to output
b = np.random.randn(4) * 0.1

h1 = np.tanh(U @ x1 + W @ h0 + b)
h2 = np.tanh(U @ x2 + W @ h1 + b)
h3 = np.tanh(U @ x3 + W @ h2 + b)
o = V @ h3
L = 0.5 * np.sum((o - t) ** 2)

do = o - t
dV = np.outer(do, h3)
dh3 = V.T @ do
dz3 = dh3 * (1 - h3 * h3)
dh2 = W.T @ dz3
dz2 = dh2 * (1 - h2 * h2)
dh1 = W.T @ dz2
dz1 = dh1 * (1 - h1 * h1)
dW = np.outer(dz3, h2) + np.outer(dz2, h1) + np.outer(dz1, h0)
dU = np.outer(dz3, x3) + np.outer(dz2, x2) + np.outer(dz1, x1)
db = dz1 + dz2 + dz3

print("L =", L)
for name, g in zip("UWVb", [dU, dW, dV, db]):
    print(name, np.linalg.norm(g))
