# Nesterov momentum: the gradient is taken at the point one would coast to
import numpy as np

np.random.seed(31)
A = np.random.randn(20, 6)
target = A @ np.random.randn(6) + 0.1 * np.random.randn(20)
w = np.zeros(6)
v = np.zeros(6)
momentum = 0.9
lr = 0.01

def loss_fn(w):
    r = A @ w - target
    return 0.5 * np.mean(r ** 2)

for step in range(150):
    w_ahead = w + momentum * v
    r = A @ w_ahead - target
    loss = 0.5 * np.mean(r ** 2)
    grad = A.T @ r / len(target)
    v = momentum * v - lr * grad
    w = w + v
    if step % 50 == 0:
        print(step, loss_fn(w))
