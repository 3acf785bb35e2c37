"""The network of tutorial.py with its backward pass written by hand, and one mistake.

It runs, it prints steps of a fitting shape, and one of them is wrong. `clearprop check`
names the line, says what is missing there and shows how to mend it.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


x = np.array([0.5, 0.1, -0.2])
target = 0.6
learnrate = 0.5

weights_input_hidden = np.array(
    [
        [0.5, -0.6],
        [0.1, -0.2],
        [0.1, 0.7],
    ]
)
weights_hidden_output = np.array([0.1, -0.3])

# Forward pass
hidden_layer_input = np.dot(x, weights_input_hidden)
hidden_layer_output = sigmoid(hidden_layer_input)
output_layer_input = np.dot(hidden_layer_output, weights_hidden_output)
output = sigmoid(output_layer_input)

# Backward pass
error = target - output
output_error_term = error * output * (1 - output)
hidden_error_term = output_error_term * weights_hidden_output * hidden_layer_output
delta_w_h_o = learnrate * output_error_term * hidden_layer_output
delta_w_i_h = learnrate * hidden_error_term * x[:, None]

print("weight step, hidden to output:", delta_w_h_o)
print("weight step, input to hidden:", delta_w_i_h)
