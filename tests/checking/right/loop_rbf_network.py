import numpy as np
import matplotlib.pyplot as plt

rng = np.random.default_rng(6)
X = rng.uniform(-3, 3, (40, 1))
y = np.sin(X[:, 0]) + 0.1 * rng.normal(size=40)

K = 5
centers = np.linspace(-2.5, 2.5, K)
sigma = np.ones(K)
w = rng.normal(size=K) * 0.5
b = 0.0
eta = 0.05
errors = []

for epoch in range(200):
    diff = X - centers[None, :]                       # (N, K)
    phi = np.exp(-diff ** 2 / (2 * sigma ** 2))
    F = phi @ w + b
    e = F - y
    loss = 0.5 * np.mean(e ** 2)
    errors.append(loss)

    de = e / len(y)
    gw = phi.T @ de
    gb = de.sum()
    dphi = np.outer(de, w)
    gc = np.sum(dphi * phi * diff / sigma ** 2, axis=0)
    gs = np.sum(dphi * phi * diff ** 2 / sigma ** 3, axis=0)

    w -= eta * gw
    b -= eta * gb
    centers -= eta * gc
    sigma -= eta * gs

plt.plot(errors)
plt.xlabel('epoch')
plt.show()
print(errors[0], errors[-1])
