"""Exercise: the backward pass of two_one_one.

The smallest network with a hidden layer: two inputs, one hidden unit, one output.

With one unit in a layer there is nothing to sum over, so each line of the backward pass
is a product that can be followed with a pocket calculator. Both units are sigmoids.

The forward pass is given. The backward pass is yours: it says, for every weight, how
the loss changes with it. Things to do, from the loss back to the input:

  1. doutput, the gradient of output
  2. doutput_in, the error term of output, dL/d (weight_hidden_output * hidden_output)
  3. dweight_hidden_output, the gradient of weight_hidden_output
  4. dhidden_output, the gradient of hidden_output

Each has a line below that says None: put your code in its place; it may take more
than one line. Leave everything else as it is, the comments that begin with "clearprop:"
too: they state what each name stands for. dL/d z is the derivative of the loss with
respect to z, an array of the shape of z. Then run the file, and have it checked:

    python two_one_one_seed1.py
    clearprop check two_one_one_seed1.py
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
doutput = None

# TODO 2: calculate the error term of output, dL/d (weight_hidden_output *
# hidden_output): a number
doutput_in = None

# TODO 3: calculate the gradient of weight_hidden_output: a number
# clearprop: dweight_hidden_output = dL/d weight_hidden_output
dweight_hidden_output = None

# TODO 4: calculate the gradient of hidden_output: a number
# clearprop: dhidden_output = dL/d hidden_output
dhidden_output = None

# Nothing to change here: this ends the program while a line above is still blank.
answers = [
    ("doutput", doutput),
    ("doutput_in", doutput_in),
    ("dweight_hidden_output", dweight_hidden_output),
    ("dhidden_output", dhidden_output),
]
still_to_do = [name for name, answer in answers if answer is None]
if still_to_do:
    raise SystemExit("Still to do: " + ", ".join(still_to_do))

# Given
dweights_input_hidden = (
    dhidden_output * hidden_output * (1 - hidden_output) * inputs
)
delta_weight_hidden_output = -learnrate * dweight_hidden_output
delta_weights_input_hidden = -learnrate * dweights_input_hidden

print("delta_weight_hidden_output:", delta_weight_hidden_output)
print("delta_weights_input_hidden:")
print(delta_weights_input_hidden)
