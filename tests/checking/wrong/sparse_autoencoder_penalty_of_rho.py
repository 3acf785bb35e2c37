# expect: line=36 variable=sparsity_delta mistake=wrong-operand
# right: -rho / rho_hat + (1 - rho) / (1 - rho_hat)
"""Sparse autoencoder with a flat theta, KL sparsity penalty and weight decay."""
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sparse_autoencoder_cost(theta, visible_size, hidden_size, lambda_, sparsity_param, beta, data):
    # unroll
    W1 = theta[0:hidden_size * visible_size].reshape(hidden_size, visible_size)
    W2 = theta[hidden_size * visible_size:2 * hidden_size * visible_size].reshape(visible_size, hidden_size)
    b1 = theta[2 * hidden_size * visible_size:2 * hidden_size * visible_size + hidden_size]
    b2 = theta[2 * hidden_size * visible_size + hidden_size:]

    m = data.shape[1]

    # forward
    z2 = W1.dot(data) + b1[:, None]
    a2 = sigmoid(z2)
    z3 = W2.dot(a2) + b2[:, None]
    h = sigmoid(z3)

    # sparsity
    rho_hat = np.sum(a2, axis=1) / m
    rho = sparsity_param
    KL = np.sum(rho * np.log(rho / rho_hat) + (1 - rho) * np.log((1 - rho) / (1 - rho_hat)))

    cost = np.sum((h - data) ** 2) / (2 * m) + \
           (lambda_ / 2) * (np.sum(W1 ** 2) + np.sum(W2 ** 2)) + \
           beta * KL

    # backprop
    sparsity_delta = -rho / rho + (1 - rho) / (1 - rho_hat)
    delta3 = -(data - h) * h * (1 - h)
    delta2 = (W2.T.dot(delta3) + beta * sparsity_delta[:, None]) * a2 * (1 - a2)
    W1grad = delta2.dot(data.T) / m + lambda_ * W1
    W2grad = delta3.dot(a2.T) / m + lambda_ * W2
    b1grad = np.sum(delta2, axis=1) / m
    b2grad = np.sum(delta3, axis=1) / m

    grad = np.concatenate((W1grad.reshape(-1), W2grad.reshape(-1), b1grad, b2grad))
    return cost, grad


np.random.seed(18)
visible, hidden = 6, 4
patches = np.random.uniform(0.1, 0.9, (visible, 25))
theta = np.concatenate((np.random.uniform(-0.5, 0.5, 2 * visible * hidden), np.zeros(visible + hidden)))
for it in range(150):
    cost, grad = sparse_autoencoder_cost(theta, visible, hidden, 0.0001, 0.05, 0.3, patches)
    theta = theta - 0.2 * grad
    if it % 50 == 0:
        print(it, cost)
