"""A small network, forward only. Its backward pass is left for clearprop to write.

Three inputs feed two hidden units, which feed one output; every unit is a sigmoid and
none has a bias. Run the program to see what the network answers, then ask for the other
half:

    python examples/tutorial.py
    clearprop derive examples/tutorial.py
    clearprop explain examples/tutorial.py

tutorial_by_hand.py holds the same network with a backward pass written by a person.
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# One example, the answer we would like for it, and how boldly to learn from the error.
x = np.array([0.5, 0.1, -0.2])
target = 0.6
learnrate = 0.5

# A column for each hidden unit, a row for each input.
weights_input_hidden = np.array(
    [
        [0.5, -0.6],
        [0.1, -0.2],
        [0.1, 0.7],
    ]
)
weights_hidden_output = np.array([0.1, -0.3])

hidden_layer_input = np.dot(x, weights_input_hidden)
hidden_layer_output = sigmoid(hidden_layer_input)

output_layer_input = np.dot(hidden_layer_output, weights_hidden_output)
output = sigmoid(output_layer_input)

loss = 0.5 * (target - output) ** 2

print("hidden layer output:", hidden_layer_output)
print("output:", output)
print("loss:", loss)
