# expect: line=27 variable=dc1 mistake=wrong-axis
# right: dz1.sum(axis=0)
import numpy as np

rng = np.random.default_rng(21)
X = rng.normal(size=(30, 3))
t = np.cos(X.sum(axis=1, keepdims=True))
V1 = rng.normal(size=(3, 7)) * 0.5
c1 = rng.normal(size=7) * 0.1
V2 = rng.normal(size=(7, 1)) * 0.5
c2 = np.zeros(1)
weights = [V1, c1, V2, c2]
first = [np.zeros_like(p) for p in weights]
second = [np.zeros_like(p) for p in weights]
rate, decay1, decay2 = 0.02, 0.9, 0.99

for step in range(1, 201):
    h = np.tanh(X @ V1 + c1)
    y = h @ V2 + c2
    loss = 0.5 * np.mean((y - t) ** 2)

    dy = (y - t) / len(X)
    dV2 = h.T @ dy
    dc2 = dy.sum(axis=0)
    dz1 = dy @ V2.T * (1 - h**2)
    dV1 = X.T @ dz1
    dc1 = dz1.sum()
    grads = [dV1, dc1, dV2, dc2]

    for k in range(len(weights)):
        first[k] = decay1 * first[k] + (1 - decay1) * grads[k]
        second[k] = decay2 * second[k] + (1 - decay2) * grads[k] ** 2
        mean = first[k] / (1 - decay1**step)
        spread = second[k] / (1 - decay2**step)
        weights[k] -= rate * mean / (np.sqrt(spread) + 1e-8)
