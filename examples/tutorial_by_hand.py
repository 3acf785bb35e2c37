"""The network of tutorial.py with its backward pass written by hand, error first.

Here the error is target - output: how far the answer still has to go. Everything that
follows then points downhill, so the weight steps are *added* to the weights. An error
term is an error scaled by the slope of the unit's sigmoid, which is s * (1 - s).

tutorial_output_minus_target.py does the same the other way round.
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

error = target - output
loss = 0.5 * error**2

# Backward pass
output_error_term = error * output * (1 - output)

# Each hidden unit is to blame in proportion to the weight that carried its output on.
hidden_error = output_error_term * weights_hidden_output
hidden_error_term = hidden_error * hidden_layer_output * (1 - hidden_layer_output)

# A weight's step: the rate, times the error term it leads to, times what it was fed.
delta_w_h_o = learnrate * output_error_term * hidden_layer_output
delta_w_i_h = learnrate * hidden_error_term * x[:, None]

print("output:", output)
print("weight step, hidden to output:")
print(delta_w_h_o)
print("weight step, input to hidden:")
print(delta_w_i_h)

weights_hidden_output = weights_hidden_output + delta_w_h_o
weights_input_hidden = weights_input_hidden + delta_w_i_h
