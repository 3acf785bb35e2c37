# binds:
import numpy as np

def compute_cost(X, y, theta):
    m = len(y)
    return np.sum((X.dot(theta) - y) ** 2) / (2 * m)

def gradient_descent(X, y, theta, alpha, num_iters):
    m = len(y)
    J_history = []
    for i in range(num_iters):
        error = X.dot(theta) - y
        theta = theta - alpha / m * X.T.dot(error)
        J_history.append(compute_cost(X, y, theta))
    return theta, J_history
