# expect: line=18 variable=grad_W2 mistake=wrong-operand
# right: a.T @ grad_out
import numpy as np

rng = np.random.default_rng(111)
x = np.linspace(-2, 2, 20)[:, None]
y = x ** 3 - x
W1, b1 = rng.normal(size=(1, 10)), rng.normal(size=10)
W2, b2 = rng.normal(size=(10, 1)), rng.normal(size=1)

for epoch in range(100):
    z = x * W1 + b1
    a = np.tanh(z)
    out = a @ W2 + b2
    loss = np.mean((out - y) ** 2)

    grad_out = 2 * (out - y) / len(x)
    grad_W2 = z.T @ grad_out
    grad_b2 = grad_out.sum(axis=0)
    grad_a = grad_out @ W2.T
    grad_z = grad_a * (1 - a ** 2)
    grad_W1 = (grad_z * x).sum(axis=0, keepdims=True)
    grad_b1 = grad_z.sum(axis=0)
    W1 -= 0.01 * grad_W1
    b1 -= 0.01 * grad_b1
    W2 -= 0.01 * grad_W2
    b2 -= 0.01 * grad_b2
