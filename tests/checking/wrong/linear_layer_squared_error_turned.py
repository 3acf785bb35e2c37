# expect: line=16 variable=error mistake=sign
# right: y - guess
"""The cost squares the error, and both steps take it the wrong way round."""
import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(20, 2))
y = X @ np.array([1.5, -2.0]) + 0.5
w = rng.normal(size=2)
b = 0.1
rate = 0.01
costs = []

for _ in range(30):
    guess = X @ w + b
    error = guess - y
    cost = (error**2).sum() / 2
    w = w + rate * X.T @ error
    b = b + rate * error.sum()
    costs.append(cost)
print(costs[-1])
