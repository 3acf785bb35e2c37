import numpy as np

rng = np.random.default_rng(23)
x = rng.normal(size=(32, 5))
t = (np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3])

W1 = rng.normal(size=(5, 8)) * 0.4
W2 = rng.normal(size=(8, 1)) * 0.4
v1 = np.zeros_like(W1)
v2 = np.zeros_like(W2)
mu, lr = 0.9, 0.02

for i in range(200):
    h = np.maximum(x @ W1, 0.0)
    y = h @ W2
    e = y - t
    cost = 0.5 * np.mean(e ** 2)

    de = e / e.shape[0]
    g2 = h.T @ de
    dh = de @ W2.T * (h > 0)
    g1 = x.T @ dh

    v1 = mu * v1 - lr * g1
    v2 = mu * v2 - lr * g2
    W1 = W1 + v1
    W2 = W2 + v2
    if i % 50 == 0:
        print(i, cost)
