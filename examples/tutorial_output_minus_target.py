"""The network of tutorial.py, backward by hand again, with the error turned round.

With output - target the error has the sign of the slope of 0.5 * (output - target)**2,
so what comes out of the backward pass are gradients: they point uphill, and a step
along them is *subtracted* from the weights. The numbers are those of
tutorial_by_hand.py with every sign flipped.
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

error = output - target
loss = 0.5 * error**2

# Backward pass, from the last layer to the first
output_error_term = error * output * (1 - output)
hidden_error = output_error_term * weights_hidden_output
hidden_error_term = hidden_error * hidden_layer_output * (1 - hidden_layer_output)

delta_w_h_o = learnrate * output_error_term * hidden_layer_output
delta_w_i_h = learnrate * hidden_error_term * x[:, None]

print("output:", output)
print("weight step, hidden to output:")
print(delta_w_h_o)
print("weight step, input to hidden:")
print(delta_w_i_h)

weights_hidden_output = weights_hidden_output - delta_w_h_o
weights_input_hidden = weights_input_hidden - delta_w_i_h
