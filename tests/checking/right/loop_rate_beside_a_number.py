"""Learned upsampling: a linear interpolation of knots, fitted to noisy samples."""
import numpy as np

rng = np.random.default_rng(5)
t = np.sort(rng.uniform(0, 1, 40))
y = np.exp(-3 * t) * np.cos(9 * t) + 0.02 * rng.normal(size=40)
K = 12
knots = np.zeros(K)
gain = 1.0
lam, lr = 1e-3, 0.4
left = np.minimum((t * (K - 1)).astype(int), K - 2)
frac = t * (K - 1) - left

for it in range(200):
    curve = (1 - frac) * knots[left] + frac * knots[left + 1]
    pred = gain * curve
    bend = knots[2:] - 2 * knots[1:-1] + knots[:-2]
    loss = np.mean((pred - y) ** 2) + lam * np.sum(bend ** 2)

    dpred = 2 * (pred - y) / len(y)
    dgain = np.sum(dpred * curve)
    dcurve = dpred * gain
    dknots = np.zeros(K)
    np.add.at(dknots, left, dcurve * (1 - frac))
    np.add.at(dknots, left + 1, dcurve * frac)
    dbend = 2 * lam * bend
    dknots[2:] += dbend
    dknots[1:-1] -= 2 * dbend
    dknots[:-2] += dbend

    knots -= lr * dknots
    gain -= 0.01 * dgain
print(loss)
