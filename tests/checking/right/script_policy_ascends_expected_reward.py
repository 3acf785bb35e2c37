"""Softmax policy ascends its expected reward exactly; the baseline is the value itself."""
import numpy as np

q = np.array([1.0, 0.3, 0.7, 2.0])
theta = np.zeros(4)
alpha = 0.4
curve = []
for t in range(200):
    pi = np.exp(theta - theta.max())
    pi /= pi.sum()
    expected_reward = pi @ q
    curve.append(expected_reward)
    theta += alpha * pi * (q - expected_reward)
print(curve[0], curve[-1], pi)
