# Rosenblatt's perceptron as gradient descent on max(0, -t * score)
import numpy as np

rng = np.random.default_rng(9)
X = rng.normal(size=(30, 3))
t = np.where(X @ np.array([1.0, -2.0, 0.5]) > 0.1, 1, -1)
w = rng.normal(size=3)
w0 = 0.0
lr = 0.1

for epoch in range(20):
    mistakes = 0
    for i in range(len(X)):
        score = X[i] @ w + w0
        loss = np.maximum(0, -t[i] * score)
        if loss > 0:
            w = w + lr * t[i] * X[i]
            w0 = w0 + lr * t[i]
            mistakes += 1
    print(epoch, mistakes)
    if mistakes == 0:
        break
