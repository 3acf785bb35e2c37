import numpy as np
rng = np.random.default_rng(0)
A = rng.normal(size=(30, 5)); b = rng.normal(size=30)
def loss_grad(x):
    r = A @ x - b
    loss = 0.5 * np.mean(r ** 2)
    return loss, A.T @ r / 30
x = np.zeros(5); eta = .1
for k in range(60):
    _, g = loss_grad(x)
    half = x - eta * g
    loss, g = loss_grad(half)
    x = x - eta * g
print(loss)
