# expect: line=16 variable=offset mistake=wrong-axis
# right: offset + 0.1 * error.mean()

import numpy as np

rng = np.random.default_rng(3)
u = rng.uniform(0, 2, 25)
v = rng.uniform(0, 2, 25)
height = 1.5 * u + 0.4 * v - 0.8 + 0.05 * rng.standard_normal(25)

slope_u, slope_v, offset = 0.0, 0.0, 0.0
for epoch in range(500):
    error = height - u * slope_u - v * slope_v - offset
    slope_u = slope_u + 0.1 * (error * u).mean()
    slope_v = slope_v + 0.1 * (error * v).mean()
    offset = offset + 0.1 * error
print(slope_u, slope_v, offset)
