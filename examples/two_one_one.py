"""The smallest network with a hidden layer: two inputs, one hidden unit, one output.

With one unit in a layer there is nothing to sum over, so each line of the backward pass
is a product that can be followed with a pocket calculator. Both units are sigmoids.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


inputs = np.array([0.1, 0.3])
target = 1.0
learnrate = 0.5

weights_input_hidden = np.array([0.4, -0.2])
weight_hidden_output = 0.1

# Forward pass
hidden_output = sigmoid(np.dot(inputs, weights_input_hidden))
output = sigmoid(weight_hidden_output * hidden_output)

error = target - output
loss = 0.5 * error**2

# Backward pass
output_error_term = error * output * (1 - output)
hidden_error_term = (
    output_error_term * weight_hidden_output * hidden_output * (1 - hidden_output)
)

step_hidden_output = learnrate * output_error_term * hidden_output
step_input_hidden = learnrate * hidden_error_term * inputs

print("hidden output:", hidden_output)
print("output:", output)
print("error:", error)
print("output error term:", output_error_term)
print("hidden error term:", hidden_error_term)
print("weight step, hidden to output:", step_hidden_output)
print("weight step, input to hidden:", step_input_hidden)

weight_hidden_output += step_hidden_output
weights_input_hidden += step_input_hidden
