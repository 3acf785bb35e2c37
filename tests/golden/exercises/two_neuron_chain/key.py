"""Key: the backward pass of two_neuron_chain, for the teacher.

The numbers are those of two_neuron_chain_seed1.py.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


s0 = 2
target = 0.48
alpha = 0.1

w0 = 2.22
w1 = 0.89
w2 = 0.42

# Forward pass
s1 = sigmoid(w0 * s0)
s2 = sigmoid(w1 * s1)
out = w2 * s2
loss = 0.5 * (out - target) ** 2

print("loss:", loss)

# Backward pass
# clearprop: L = loss

# TODO 1: calculate the error term of the output layer: a number
# clearprop: dout = dL/d out
dout = out - target

# TODO 2: calculate the gradient of the weight into the output layer: a number
# clearprop: dw2 = dL/d w2
dw2 = dout * s2

# TODO 3: calculate the error attributed to the unit of hidden layer 2: a number
# clearprop: ds2 = dL/d s2
ds2 = dout * w2

# TODO 4: calculate the error term of hidden layer 2, dL/d (w1 * s1): a number
ds2_in = ds2 * s2 * (1 - s2)

# TODO 5: calculate the gradient of the weight into hidden layer 2: a number
# clearprop: dw1 = dL/d w1
dw1 = ds2_in * s1

# TODO 6: calculate the error attributed to the unit of hidden layer 1: a number
# clearprop: ds1 = dL/d s1
ds1 = ds2_in * w1

# TODO 7: calculate the gradient of the weight into hidden layer 1: a number
# clearprop: dw0 = dL/d w0
dw0 = ds1 * s1 * (1 - s1) * s0

# One step of gradient descent
w2 -= alpha * dw2
w1 -= alpha * dw1
w0 -= alpha * dw0

print("w2:", w2)
print("w1:", w1)
print("w0:", w0)
