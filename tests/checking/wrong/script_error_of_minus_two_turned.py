# expect: line=19 variable=d_L_d_guess mistake=sign
# right: 2 * (guess - y)
"""One neuron, whose loss is only reported: -2 belongs to y - guess."""
import numpy as np


def squash(z):
    return 1 / (1 + np.exp(-z))


rng = np.random.default_rng(5)
xs = rng.normal(size=6)
ys = (xs > 0).astype(float)
w, b = 0.3, 0.1
for epoch in range(30):
    for x, y in zip(xs, ys):
        z = w * x + b
        guess = squash(z)
        d_L_d_guess = -2 * (guess - y)
        d_guess_d_z = guess * (1 - guess)
        w -= 0.1 * d_L_d_guess * d_guess_d_z * x
        b -= 0.1 * d_L_d_guess * d_guess_d_z
    if epoch % 10 == 0:
        print(np.mean((ys - squash(w * xs + b)) ** 2))
