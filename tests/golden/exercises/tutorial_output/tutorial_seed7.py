"""Exercise: the backward pass of tutorial.

The forward pass is given. The backward pass is yours: it says, for every weight, how
the loss changes with it. Things to do, from the loss back to the input:

  1. doutput, the gradient at the output
  2. doutput_layer_input, the error term of the output layer
  3. dweights_hidden_output, the gradient of the weights into the output layer

Each has a line below that says None: put your code in its place; it may take more
than one line. Leave everything else as it is, the comments that begin with "clearprop:"
too: they state what each name stands for. dL/d z is the derivative of the loss with
respect to z, an array of the shape of z. Then run the file, and have it checked:

    python tutorial_seed7.py
    clearprop check tutorial_seed7.py
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# One example, the answer we would like for it, and how boldly to learn from the error.
x = np.array([-0.28, 0.17, 0.13])
target = 0.27
learnrate = 0.5

# A column for each hidden unit, a row for each input.
weights_input_hidden = np.array(
    [
        [0.24, 0.56],
        [0.65, 0.57],
        [-0.23, -0.68],
    ]
)
weights_hidden_output = np.array([-0.41, 0.16])

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
doutput = None

# TODO 2: calculate the error term of the output layer: a number
# clearprop: doutput_layer_input = dL/d output_layer_input
doutput_layer_input = None

# TODO 3: calculate the gradient of the weights into the output layer: shape (2,)
# clearprop: dweights_hidden_output = dL/d weights_hidden_output
dweights_hidden_output = None

# Nothing to change here: this ends the program while a line above is still blank.
answers = [
    ("doutput", doutput),
    ("doutput_layer_input", doutput_layer_input),
    ("dweights_hidden_output", dweights_hidden_output),
]
still_to_do = [name for name, answer in answers if answer is None]
if still_to_do:
    raise SystemExit("Still to do: " + ", ".join(still_to_do))

# Given
dhidden_layer_output = doutput_layer_input * weights_hidden_output
dhidden_layer_input = (
    dhidden_layer_output * hidden_layer_output * (1 - hidden_layer_output)
)
dweights_input_hidden = x[:, None] * dhidden_layer_input
delta_weights_hidden_output = -learnrate * dweights_hidden_output
delta_weights_input_hidden = -learnrate * dweights_input_hidden

print("delta_weights_hidden_output:")
print(delta_weights_hidden_output)
print("delta_weights_input_hidden:")
print(delta_weights_input_hidden)
