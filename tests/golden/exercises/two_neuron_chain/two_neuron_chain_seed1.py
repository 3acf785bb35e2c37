"""Exercise: the backward pass of two_neuron_chain.

Two neurons in a row and a plain output weight: the chain rule, link by link.

    s0 --w0--> sigmoid --w1--> sigmoid --w2--> out

The further back a weight stands, the more links its gradient has. All three gradients
are taken at the same weights and only then are the weights moved: using an already
moved w2 in the expression for w1 would be a slightly different, wrong, gradient.

The forward pass is given. The backward pass is yours: it says, for every weight, how
the loss changes with it. Things to do, from the loss back to the input:

  1. dout, the error term of the output layer
  2. dw2, the gradient of the weight into the output layer
  3. ds2, the error attributed to the unit of hidden layer 2
  4. ds2_in, the error term of hidden layer 2, dL/d (w1 * s1)
  5. dw1, the gradient of the weight into hidden layer 2
  6. ds1, the error attributed to the unit of hidden layer 1
  7. dw0, the gradient of the weight into hidden layer 1

Each has a line below that says None: put your code in its place; it may take more
than one line. Leave everything else as it is, the comments that begin with "clearprop:"
too: they state what each name stands for. dL/d z is the derivative of the loss with
respect to z, an array of the shape of z. Then run the file, and have it checked:

    python two_neuron_chain_seed1.py
    clearprop check two_neuron_chain_seed1.py
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
dout = None

# TODO 2: calculate the gradient of the weight into the output layer: a number
# clearprop: dw2 = dL/d w2
dw2 = None

# TODO 3: calculate the error attributed to the unit of hidden layer 2: a number
# clearprop: ds2 = dL/d s2
ds2 = None

# TODO 4: calculate the error term of hidden layer 2, dL/d (w1 * s1): a number
ds2_in = None

# TODO 5: calculate the gradient of the weight into hidden layer 2: a number
# clearprop: dw1 = dL/d w1
dw1 = None

# TODO 6: calculate the error attributed to the unit of hidden layer 1: a number
# clearprop: ds1 = dL/d s1
ds1 = None

# TODO 7: calculate the gradient of the weight into hidden layer 1: a number
# clearprop: dw0 = dL/d w0
dw0 = None

# Nothing to change here: this ends the program while a line above is still blank.
answers = [
    ("dout", dout),
    ("dw2", dw2),
    ("ds2", ds2),
    ("ds2_in", ds2_in),
    ("dw1", dw1),
    ("ds1", ds1),
    ("dw0", dw0),
]
still_to_do = [name for name, answer in answers if answer is None]
if still_to_do:
    raise SystemExit("Still to do: " + ", ".join(still_to_do))

# One step of gradient descent
w2 -= alpha * dw2
w1 -= alpha * dw1
w0 -= alpha * dw0

print("w2:", w2)
print("w1:", w1)
print("w0:", w0)
