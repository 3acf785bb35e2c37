# expect: line=32 variable=delta2 mistake=missing-derivative|derivative-at-wrong-point
# right: (delta3 @ Theta2)[:, 1:] * sigmoid(z2) * (1 - sigmoid(z2))
import numpy as np

# Two-layer net with a numerical gradient check, as taught in the lecture


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def cost_function(X, y, Theta1, Theta2, lmbda):
    m = X.shape[0]
    a1 = np.hstack((np.ones((m, 1)), X))
    z2 = a1 @ Theta1.T
    a2 = np.hstack((np.ones((m, 1)), sigmoid(z2)))
    z3 = a2 @ Theta2.T
    h = sigmoid(z3)
    J = -np.sum(y * np.log(h) + (1 - y) * np.log(1 - h)) / m
    J += lmbda / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))
    return J


def gradients(X, y, Theta1, Theta2, lmbda):
    m = X.shape[0]
    a1 = np.hstack((np.ones((m, 1)), X))
    z2 = a1 @ Theta1.T
    a2 = np.hstack((np.ones((m, 1)), sigmoid(z2)))
    z3 = a2 @ Theta2.T
    h = sigmoid(z3)
    delta3 = h - y
    delta2 = (delta3 @ Theta2)[:, 1:] * a2[:, 1:] * (1 - z2)
    Theta1_grad = delta2.T @ a1 / m
    Theta2_grad = delta3.T @ a2 / m
    Theta1_grad[:, 1:] += lmbda / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += lmbda / m * Theta2[:, 1:]
    return Theta1_grad, Theta2_grad


def numerical_gradient(f, theta, eps=1e-4):
    num = np.zeros(theta.shape)
    for idx in np.ndindex(*theta.shape):
        keep = theta[idx]
        theta[idx] = keep + eps
        plus = f()
        theta[idx] = keep - eps
        minus = f()
        theta[idx] = keep
        num[idx] = (plus - minus) / (2 * eps)
    return num


np.random.seed(30)
X = np.random.randn(8, 3)
y = np.eye(2)[np.random.randint(0, 2, 8)]
Theta1 = np.random.randn(4, 4) * 0.5
Theta2 = np.random.randn(2, 5) * 0.5
lmbda = 0.7

g1, g2 = gradients(X, y, Theta1, Theta2, lmbda)
n1 = numerical_gradient(lambda: cost_function(X, y, Theta1, Theta2, lmbda), Theta1)
n2 = numerical_gradient(lambda: cost_function(X, y, Theta1, Theta2, lmbda), Theta2)
print("relative difference:", np.linalg.norm(g1 - n1) / np.linalg.norm(g1 + n1),
      np.linalg.norm(g2 - n2) / np.linalg.norm(g2 + n2))
assert np.allclose(g1, n1, atol=1e-6) and np.allclose(g2, n2, atol=1e-6)

for it in range(200):
    J = cost_function(X, y, Theta1, Theta2, lmbda)
    g1, g2 = gradients(X, y, Theta1, Theta2, lmbda)
    Theta1 -= 0.5 * g1
    Theta2 -= 0.5 * g2
    if it % 50 == 0:
        print(it, J)
