"""Key: the backward pass of tutorial, for the teacher.

The numbers are those of tutorial_seed1.ipynb.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# One example, the answer we would like for it, and how boldly to learn from the error.
x = np.array([-0.06, -0.09, 0.44])
target = 0.7
learnrate = 0.5

# A column for each hidden unit, a row for each input.
weights_input_hidden = np.array(
    [
        [0.12, -0.12],
        [0.31, -0.62],
        [-0.59, -0.07],
    ]
)
weights_hidden_output = np.array([-0.27, -0.51])

# Forward pass
hidden_layer_input = np.dot(x, weights_input_hidden)
hidden_layer_output = sigmoid(hidden_layer_input)

output_layer_input = np.dot(hidden_layer_output, weights_hidden_output)
output = sigmoid(output_layer_input)

loss = 0.5 * (target - output) ** 2

print("loss:", loss)

# Backward pass
# clearprop: L = loss

# TODO 1: calculate the gradient at the output: a number
# clearprop: doutput = dL/d output
doutput = output - target

# TODO 2: calculate the error term of the output layer: a number
# clearprop: doutput_layer_input = dL/d output_layer_input
doutput_layer_input = doutput * output * (1 - output)

# TODO 3: calculate the gradient of the weights into the output layer: shape (2,)
# clearprop: dweights_hidden_output = dL/d weights_hidden_output
dweights_hidden_output = doutput_layer_input * hidden_layer_output

# TODO 4: calculate the error attributed to each unit of the hidden layer: shape (2,)
# clearprop: dhidden_layer_output = dL/d hidden_layer_output
dhidden_layer_output = doutput_layer_input * weights_hidden_output

# TODO 5: calculate the error term of the hidden layer: shape (2,)
# clearprop: dhidden_layer_input = dL/d hidden_layer_input
dhidden_layer_input = (
    dhidden_layer_output * hidden_layer_output * (1 - hidden_layer_output)
)

# TODO 6: calculate the gradient of the weights into the hidden layer: shape (3, 2)
# clearprop: dweights_input_hidden = dL/d weights_input_hidden
dweights_input_hidden = x[:, None] * dhidden_layer_input

# TODO 7: calculate the change in weights_hidden_output, one step of gradient descent:
# shape (2,)
# clearprop: delta_weights_hidden_output = -learnrate * dL/d weights_hidden_output
delta_weights_hidden_output = -learnrate * dweights_hidden_output

# TODO 8: calculate the change in weights_input_hidden, one step of gradient descent:
# shape (3, 2)
# clearprop: delta_weights_input_hidden = -learnrate * dL/d weights_input_hidden
delta_weights_input_hidden = -learnrate * dweights_input_hidden

print("delta_weights_hidden_output:")
print(delta_weights_hidden_output)
print("delta_weights_input_hidden:")
print(delta_weights_input_hidden)
