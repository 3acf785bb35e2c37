# 3 inputs, 2 hidden units, 1 output. One step of gradient descent by hand.
import numpy as np

def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))

inputs = np.array([0.9, -0.4, 0.3])
y = np.array([0.2])
eta = 0.1

w1 = np.array([[0.2, -0.1], [0.4, 0.3], [-0.5, 0.6]])
b1 = np.array([0.1, -0.1])
w2 = np.array([[0.7], [-0.2]])
b2 = np.array([0.05])

# forward
h = logistic(inputs.dot(w1) + b1)
out = logistic(h.dot(w2) + b2)
loss = 0.5 * np.sum((out - y) ** 2)
print("loss before:", loss)

# backward
delta_out = (out - y) * out * (1 - out)
delta_h = w2.dot(delta_out) * h * (1 - h)

grad_w2 = np.outer(h, delta_out)
grad_w1 = np.outer(inputs, delta_h)

w2 = w2 - eta * grad_w2
b2 = b2 - eta * delta_out
w1 = w1 - eta * grad_w1
b1 = b1 - eta * delta_h

h = logistic(inputs.dot(w1) + b1)
out = logistic(h.dot(w2) + b2)
print("loss after: ", 0.5 * np.sum((out - y) ** 2))
