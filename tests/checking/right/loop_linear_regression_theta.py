import numpy as np
import pandas as pd

np.random.seed(2)
m = 40
data = pd.DataFrame({"size": [1]})  # only to show where the data would come from
X = np.c_[np.ones(m), np.random.randn(m, 2)]
y = X.dot(np.array([[3.0], [1.5], [-2.0]])) + 0.1 * np.random.randn(m, 1)

theta = np.zeros((3, 1))
alpha = 0.1
iterations = 300
J_history = np.zeros(iterations)

for it in range(iterations):
    h = X.dot(theta)
    theta = theta - (alpha / m) * X.T.dot(h - y)
    J_history[it] = np.sum((X.dot(theta) - y) ** 2) / (2 * m)

print(theta.ravel(), J_history[-1])
