# binds:
import numpy as np

def train_perceptron(x_data, y_data, weights, bias, lr, n_epochs):
    for _ in range(n_epochs):
        for x, y in zip(x_data, y_data):
            z = np.dot(weights, x) + bias
            p = 1/(1+np.exp(-z))
            error = p - y
            weights = weights - lr * error * x
            bias = bias - lr * error
    return weights, bias
def step_gradient(b_current, m_current, points, learningRate):
    b_gradient = 0
    m_gradient = 0
    N = float(len(points))
    for i in range(0, len(points)):
        x = points[i, 0]
        y = points[i, 1]
        b_gradient += -(2/N) * (y - ((m_current * x) + b_current))
        m_gradient += -(2/N) * x * (y - ((m_current * x) + b_current))
    return [b_current - (learningRate * b_gradient), m_current - (learningRate * m_gradient)]
