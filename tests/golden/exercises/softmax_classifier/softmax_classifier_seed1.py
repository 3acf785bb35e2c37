"""Exercise: the backward pass of softmax_classifier.

The mean cross-entropy of the rows of X with their classes y.

The forward pass is given. The backward pass is yours: it says, for every weight, how
the loss changes with it. Things to do, from the loss back to the input:

  1. dhidden, the error attributed to each unit of the hidden layer
  2. dhidden_in, the error term of the hidden layer, dL/d (X @ W1 + b1)
  3. dW1, the gradient of the weights into the hidden layer
  4. db1, the gradient of the bias of the hidden layer
  5. delta_W2, the change in W2, one step of gradient descent
  6. delta_b2, the change in b2, one step of gradient descent
  7. delta_W1, the change in W1, one step of gradient descent
  8. delta_b1, the change in b1, one step of gradient descent

Each has a line below that says None: put your code in its place; it may take more
than one line. Leave everything else as it is, the comments that begin with "clearprop:"
too: they state what each name stands for. dL/d z is the derivative of the loss with
respect to z, an array of the shape of z. Then run the file, and have it checked:

    python softmax_classifier_seed1.py
    clearprop check softmax_classifier_seed1.py
"""

import numpy as np

# The numbers
X = np.array(
    [
        [1.13, -1.31, 0.05, 0.86, -0.76, -1.01],
        [-1.19, -0.89, 0.99, 0.93, 0.78, 0.99],
        [-1.09, 0.48, -0.31, 0.98, 1.02, 0.99],
        [0.97, -1.01, -1.18, 1.01, -1.01, 0.77],
        [0.24, -1.35, 0.22, 1.1, 1.33, 0.66],
        [1.28, 1.09, -0.54, 1.06, -1.11, -0.16],
        [-1.03, 1.29, -0.78, 0.08, -0.44, -0.16],
        [-0.39, 0.91, 0.44, -1.15, -0.71, -1.21],
    ]
)
y = np.array([1, 2, 1, 0, 2, 0, 0, 1])
W1 = np.array(
    [
        [-0.56, -0.39, 0.07, 0.31, -0.59],
        [-0.58, 0.55, -0.27, -0.46, 0.27],
        [-0.61, 0.31, 0.18, -0.25, -0.22],
        [-0.47, -0.16, 0.41, 0.05, -0.56],
        [0.29, -0.36, 0.44, 0.57, 0.26],
        [0.39, -0.2, 0.51, 0.63, 0.26],
    ]
)
b1 = np.array([0.27, 0.22, 0.3, 0.56, 0.29])
W2 = np.array(
    [
        [0.48, 0.09, -0.52],
        [-0.36, 0.55, -0.25],
        [0.3, -0.46, 0.13],
        [-0.25, 0.16, 0.55],
        [0.11, -0.19, 0.27],
    ]
)
b2 = np.array([-0.42, 0.06, 0.1])
learnrate = 0.5

# Forward pass
hidden = np.maximum(0, X @ W1 + b1)
scores = hidden @ W2 + b2

# Only differences of scores count, so the largest can be 0 and nothing overflows.
shifted = scores - np.max(scores, axis=1, keepdims=True)
powers = np.exp(shifted)
probs = powers / np.sum(powers, axis=1, keepdims=True)

rows = np.arange(X.shape[0])
loss = -np.mean(np.log(probs[rows, y]))

print("loss:", loss)

# Backward pass
# clearprop: L = loss

# Given
dscores = probs.copy()
dscores[rows, y] -= 1
dscores /= X.shape[0]
dW2 = hidden.T @ dscores
db2 = dscores.sum(axis=0)

# TODO 1: calculate the error attributed to each unit of the hidden layer: shape (8, 5)
# clearprop: dhidden = dL/d hidden
dhidden = None

# TODO 2: calculate the error term of the hidden layer, dL/d (X @ W1 + b1): shape (8, 5)
dhidden_in = None

# TODO 3: calculate the gradient of the weights into the hidden layer: shape (6, 5)
# clearprop: dW1 = dL/d W1
dW1 = None

# TODO 4: calculate the gradient of the bias of the hidden layer: shape (5,)
# clearprop: db1 = dL/d b1
db1 = None

# TODO 5: calculate the change in W2, one step of gradient descent: shape (5, 3)
# clearprop: delta_W2 = -learnrate * dL/d W2
delta_W2 = None

# TODO 6: calculate the change in b2, one step of gradient descent: shape (3,)
# clearprop: delta_b2 = -learnrate * dL/d b2
delta_b2 = None

# TODO 7: calculate the change in W1, one step of gradient descent: shape (6, 5)
# clearprop: delta_W1 = -learnrate * dL/d W1
delta_W1 = None

# TODO 8: calculate the change in b1, one step of gradient descent: shape (5,)
# clearprop: delta_b1 = -learnrate * dL/d b1
delta_b1 = None

# Nothing to change here: this ends the program while a line above is still blank.
answers = [
    ("dhidden", dhidden),
    ("dhidden_in", dhidden_in),
    ("dW1", dW1),
    ("db1", db1),
    ("delta_W2", delta_W2),
    ("delta_b2", delta_b2),
    ("delta_W1", delta_W1),
    ("delta_b1", delta_b1),
]
still_to_do = [name for name, answer in answers if answer is None]
if still_to_do:
    raise SystemExit("Still to do: " + ", ".join(still_to_do))

print("delta_W2:")
print(delta_W2)
print("delta_b2:")
print(delta_b2)
print("delta_W1:")
print(delta_W1)
print("delta_b1:")
print(delta_b1)
