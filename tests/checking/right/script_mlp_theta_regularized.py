# Andrew Ng style: bias column inside X, Theta1/Theta2, lambda
import numpy as np

np.random.seed(10)
m = 8
X = np.random.rand(m, 4)
y = np.array([0, 1, 2, 1, 0, 2, 2, 1])
num_labels = 3
lmbda = 0.7

Theta1 = np.random.uniform(-0.5, 0.5, (5, 5))          # 5 hidden x (4 + 1)
Theta2 = np.random.uniform(-0.5, 0.5, (num_labels, 6))  # 3 x (5 + 1)

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def sigmoidGradient(z):
    g = sigmoid(z)
    return g * (1 - g)

Y = np.zeros((m, num_labels))
Y[np.arange(m), y] = 1

a1 = np.hstack([np.ones((m, 1)), X])
z2 = a1.dot(Theta1.T)
a2 = np.hstack([np.ones((m, 1)), sigmoid(z2)])
z3 = a2.dot(Theta2.T)
h = sigmoid(z3)

J = -np.sum(Y * np.log(h) + (1 - Y) * np.log(1 - h)) / m
J += lmbda / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))
print('J =', J)

delta3 = h - Y
delta2 = delta3.dot(Theta2[:, 1:]) * sigmoidGradient(z2)
Theta1_grad = delta2.T.dot(a1) / m
Theta2_grad = delta3.T.dot(a2) / m
Theta1_grad[:, 1:] += lmbda / m * Theta1[:, 1:]
Theta2_grad[:, 1:] += lmbda / m * Theta2[:, 1:]

grad = np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])
print(grad.shape)
