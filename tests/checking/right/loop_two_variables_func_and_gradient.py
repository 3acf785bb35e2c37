import numpy as np
def func(x):
    return x[0]**2 + 3*x[1]**2 + x[0]*x[1]
def gradient(x):
    return np.array([2*x[0] + x[1], 6*x[1] + x[0]])
x = np.array([3.0, -2.0])
for i in range(100):
    x = x - 0.1 * gradient(x)
    if np.linalg.norm(gradient(x)) < 1e-6:
        break
print(x, func(x))
