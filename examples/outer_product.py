"""Why a layer's weight step is a table: every input times every hidden error.

The weight from input i to hidden unit j changes by (error of j) * (input i). All of
these at once are an outer product, with a row for each input and a column for each
hidden unit, which is exactly the shape of the weights.
"""

import numpy as np

hidden_error = np.array([0.1, 0.02, 0.0004])
inputs = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
weights = np.zeros((len(inputs), len(hidden_error)))


def loss(inputs, weights, hidden_error):
    """A layer whose outputs count as much as hidden_error says.

    So the gradient at its outputs is hidden_error itself, and the gradient at its
    weights is the outer product:

        clearprop derive examples/outer_product.py:loss
    """
    return np.sum(np.dot(inputs, weights) * hidden_error)


# [:, None] stands the inputs up as a column; NumPy then pairs each with each error.
step = hidden_error * inputs[:, None]
print("hidden_error * inputs[:, None] =")
print(step)
print("shape:", step.shape, "= (len(inputs), len(hidden_error))")

# .T swaps the axes of an array. A row has two of them, so it becomes a column ...
row = inputs.reshape(1, -1)
print("a row:", row.shape, "becomes", row.T.shape)
print("hidden_error * row.T is the same:", np.array_equal(hidden_error * row.T, step))

# ... but a plain list of numbers has only one axis, and .T leaves it as it is.
print("one axis:", inputs.shape, "stays", inputs.T.shape)
try:
    hidden_error * inputs.T
except ValueError as refused:
    print("hidden_error * inputs.T fails:", refused)
