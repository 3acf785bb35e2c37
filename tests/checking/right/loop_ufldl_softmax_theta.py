import numpy as np


def softmax_cost(theta, num_classes, input_size, lambda_, data, labels):
    """UFLDL: theta of (num_classes * input_size,), data (input_size, m)."""
    theta = theta.reshape(num_classes, input_size)
    m = data.shape[1]
    ground_truth = np.zeros((num_classes, m))
    ground_truth[labels, np.arange(m)] = 1

    theta_data = theta.dot(data)
    theta_data = theta_data - np.max(theta_data)
    prob_data = np.exp(theta_data) / np.sum(np.exp(theta_data), axis=0)
    cost = (-1 / m) * np.sum(ground_truth * np.log(prob_data)) + (lambda_ / 2) * np.sum(theta * theta)

    theta_grad = (-1 / m) * np.dot(ground_truth - prob_data, data.T) + lambda_ * theta
    return cost, theta_grad.flatten()


def compute_numerical_gradient(J, theta):
    n = theta.size
    grad = np.zeros(n)
    eps = 1.0e-4
    eye = np.eye(n)
    for i in range(n):
        delta = eye[:, i] * eps
        grad[i] = (J(theta + delta)[0] - J(theta - delta)[0]) / (2.0 * eps)
    return grad


input_size, num_classes, lambda_ = 4, 3, 1e-2
np.random.seed(0)
data = np.random.randn(input_size, 15)
labels = np.random.randint(num_classes, size=15)
theta = 0.005 * np.random.randn(num_classes * input_size)
cost, grad = softmax_cost(theta, num_classes, input_size, lambda_, data, labels)
num = compute_numerical_gradient(lambda t: softmax_cost(t, num_classes, input_size, lambda_, data, labels), theta)
print('diff', np.linalg.norm(num - grad) / np.linalg.norm(num + grad))
for i in range(50):
    cost, grad = softmax_cost(theta, num_classes, input_size, lambda_, data, labels)
    theta = theta - 0.3 * grad
print(cost)
