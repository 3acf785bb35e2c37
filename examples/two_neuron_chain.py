"""Two neurons in a row and a plain output weight: the chain rule, link by link.

    s0 --w0--> sigmoid --w1--> sigmoid --w2--> out

The further back a weight stands, the more links its gradient has. All three gradients
are taken at the same weights and only then are the weights moved: using an already
moved w2 in the expression for w1 would be a slightly different, wrong, gradient.

The function form can be derived alone:

    clearprop derive examples/two_neuron_chain.py:chain
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def chain(w0, w1, w2, s0, target):
    """Half the squared error of the chain's output."""
    s1 = sigmoid(w0 * s0)
    s2 = sigmoid(w1 * s1)
    out = w2 * s2
    return 0.5 * (out - target) ** 2


s0 = 2
target = 0.7
alpha = 0.1

w0 = 2
w1 = 1
w2 = 0.5

# Forward pass
s1 = sigmoid(w0 * s0)
s2 = sigmoid(w1 * s1)
out = w2 * s2
loss = 0.5 * (out - target) ** 2

print("sigmoid(0.5):", sigmoid(0.5))
print("out:", out)
print("loss:", loss)

# Backward pass: each gradient is the one behind it with another link put on.
dw2 = (out - target) * s2
dw1 = (out - target) * w2 * s2 * (1 - s2) * s1
dw0 = (out - target) * w2 * s2 * (1 - s2) * w1 * s1 * (1 - s1) * s0

print("dw0:", dw0)
print("dw1:", dw1)
print("dw2:", dw2)

# One step of gradient descent, for all three weights together.
w0 = w0 - alpha * dw0
w1 = w1 - alpha * dw1
w2 = w2 - alpha * dw2

print("w0, w1, w2:", w0, w1, w2)
