# expect: line=14 variable=b mistake=update-sign
# right: b += 0.05 * np.mean(error * z)

import numpy as np

rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, 20)
z = rng.uniform(-1, 1, 20)
y = 2.0 * x - z + 0.5 + 0.1 * rng.normal(size=20)
a, b, c = 0.1, 0.2, 0.3
for i in range(200):
    error = y - a * x - b * z - c
    a += 0.05 * np.mean(error * x)
    b -= 0.05 * np.mean(error * z)
    c += 0.05 * np.mean(error)
