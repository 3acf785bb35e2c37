# Softmax bandit with features, off-policy (IPS) gradient with self-normalized weights
import numpy as np

rng = np.random.default_rng(33)
n, d, k = 70, 4, 3
ctx = rng.normal(size=(n, d))
true = rng.normal(size=(d, k))
logged = rng.integers(0, k, n)
propensity = np.full(n, 1 / k)
reward = (rng.random(n) < 1 / (1 + np.exp(-(ctx @ true)[np.arange(n), logged]))).astype(float)

B = np.zeros((d, k))
for it in range(60):
    z = ctx @ B
    pi = np.exp(z - z.max(1, keepdims=True))
    pi /= pi.sum(1, keepdims=True)
    w = pi[np.arange(n), logged] / propensity
    value = np.sum(w * reward) / np.sum(w)
    # d value / d w_i = (r_i - value) / sum(w)
    dw = (reward - value) / w.sum()
    ind = np.zeros((n, k))
    ind[np.arange(n), logged] = 1
    dz = (dw * w)[:, None] * (ind - pi)
    B += 2.0 * (ctx.T @ dz)
    if it % 20 == 0:
        print(it, round(value, 4))
