# expect: line=11 variable=w mistake=dropped-upstream
# right: w -= eta * x * (p - t)
import numpy as np
samples = [(np.array([0.1, 0.5]), 1.0), (np.array([0.9, -0.3]), 0.0), (np.array([-0.4, 0.2]), 1.0)]
w = np.zeros(2)
b = 0.0
eta = 0.1
for _ in range(100):
    for x, t in samples:
        p = 1.0 / (1.0 + np.exp(-(w @ x + b)))
        w -= eta * x
        b -= eta * (p - t)
print(w, b)
