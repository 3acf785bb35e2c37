"""Semi-gradient TD(lambda) with eligibility traces for state values."""
import numpy as np

rng = np.random.default_rng(0)
n = 7
w = np.zeros(n)
alpha, gamma, lam = 0.1, 1.0, 0.8


def x(s):
    v = np.zeros(n)
    v[s] = 1.0
    return v


for episode in range(30):
    s = n // 2
    z = np.zeros(n)
    while True:
        s2 = s + rng.choice([-1, 1])
        done = s2 < 0 or s2 >= n
        r = 1.0 if s2 >= n else 0.0
        v = w @ x(s)
        v2 = 0.0 if done else w @ x(s2)
        delta = r + gamma * v2 - v
        z = gamma * lam * z + x(s)
        w += alpha * delta * z
        if done:
            break
        s = s2
print(w)
