# expect: line=8 variable=residual mistake=crash
# right: X @ theta - y
import numpy as np


def cost(X, y, theta):
    m = len(y)
    residual = X @ theta - yy
    return residual @ residual / (2 * m)


def gradient(X, y, theta):
    m = len(y)
    residual = y - X @ theta
    return -X.T @ residual / m


if __name__ == "__main__":
    rng = np.random.default_rng(3)
    X = np.c_[np.ones(20), rng.normal(size=(20, 2))]
    y = rng.normal(size=20)
    theta = np.zeros(3)
    print(cost(X, y, theta))
    print(gradient(X, y, theta))
