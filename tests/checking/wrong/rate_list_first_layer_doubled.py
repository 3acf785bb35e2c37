# expect: line=24 variable=first mistake=scale
# right: first - speed * X.T.dot(hidden_delta)
import numpy as np


def squash(a):
    return 1 / (1 + np.exp(-a))


X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])

for speed in [0.1, 1, 10]:
    np.random.seed(2)
    first = 2 * np.random.random((3, 6)) - 1
    second = 2 * np.random.random((6, 1)) - 1
    for _ in range(500):
        hidden = squash(X.dot(first))
        out = squash(hidden.dot(second))
        error = out - y
        out_delta = error * out * (1 - out)
        hidden_delta = out_delta.dot(second.T) * hidden * (1 - hidden)
        second = second - speed * hidden.T.dot(out_delta)
        first = first - 3 * (speed * X.T.dot(hidden_delta))
