import numpy as np

F = np.float32
rng = np.random.RandomState(1)
w1 = rng.randn(4, 6).astype(F) * 0.5
b1 = np.zeros(6, dtype=F)
w2 = rng.randn(6).astype(F) * 0.5
b2 = 0
xs = rng.randn(64, 4).astype(F)
ts = (xs[:, 0] * xs[:, 1]).astype(F)
RATE = 0.02

for epoch in range(5):
    for i in range(len(xs)):
        x, t = xs[i], ts[i]
        a = x @ w1 + b1
        h = np.where(a > 0, a, 0.1 * a)
        y = h @ w2 + b2
        loss = 0.5 * (y - t) ** 2
        e = y - t
        gh = e * w2 * np.where(a > 0, 1, 0.1)
        w2 -= RATE * e * h
        b2 -= RATE * e
        w1 -= RATE * np.outer(x, gh)
        b1 -= RATE * gh
        last = loss
print(last)
