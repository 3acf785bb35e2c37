"""Key: the backward pass of two_one_one, for the teacher.

The numbers are those of two_one_one_seed1.py.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


inputs = np.array([0.48, 0.64])
target = 1.0
learnrate = 0.5

weights_input_hidden = np.array([-0.15, 0.51])
weight_hidden_output = 0.07

# Forward pass
hidden_output = sigmoid(np.dot(inputs, weights_input_hidden))
output = sigmoid(weight_hidden_output * hidden_output)

error = target - output
loss = 0.5 * error**2

print("loss:", loss)

# Backward pass
# clearprop: L = loss

# TODO 1: calculate the gradient of output: a number
# clearprop: doutput = dL/d output
doutput = -error

# TODO 2: calculate the error term of output, dL/d (weight_hidden_output *
# hidden_output): a number
doutput_in = doutput * output * (1 - output)

# TODO 3: calculate the gradient of weight_hidden_output: a number
# clearprop: dweight_hidden_output = dL/d weight_hidden_output
dweight_hidden_output = doutput_in * hidden_output

# TODO 4: calculate the gradient of hidden_output: a number
# clearprop: dhidden_output = dL/d hidden_output
dhidden_output = doutput_in * weight_hidden_output

# Given
dweights_input_hidden = (
    dhidden_output * hidden_output * (1 - hidden_output) * inputs
)
delta_weight_hidden_output = -learnrate * dweight_hidden_output
delta_weights_input_hidden = -learnrate * dweights_input_hidden

print("delta_weight_hidden_output:", delta_weight_hidden_output)
print("delta_weights_input_hidden:")
print(delta_weights_input_hidden)
