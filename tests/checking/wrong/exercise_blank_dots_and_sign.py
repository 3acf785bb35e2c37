# expect: line=25 variable=d_out mistake=sign
# right: out - target
# expect: line=29 variable=d_z1 mistake=blank
# right: d_h * h * (1 - h)
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

x = np.array([0.5, 0.1, -0.2])
target = 0.6
learnrate = 0.5

W1 = np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
W2 = np.array([0.1, -0.3])

# Forward pass
z1 = x @ W1
h = sigmoid(z1)
z2 = h @ W2
out = sigmoid(z2)
loss = 0.5 * (target - out) ** 2

# Backward pass: fill in the missing lines
d_out = target - out
d_z2 = d_out * out * (1 - out)
d_W2 = d_z2 * h
d_h = d_z2 * W2
d_z1 = ...
d_W1 = np.outer(x, d_z1)

W1 = W1 - learnrate * d_W1
W2 = W2 - learnrate * d_W2
