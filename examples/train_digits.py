"""Handwritten digits: clearprop writes the network, derives it and trains it.

The pictures are scikit-learn's: 1797 digits of 8 x 8 pixels, each a row of 64 numbers.
Four in five are trained on; the others say how good the network is at pictures that it
has never seen.
"""

import numpy as np

import clearprop as cp

try:
    from sklearn.datasets import load_digits
except ImportError:
    print("the pictures come with scikit-learn: pip install scikit-learn")
    raise SystemExit from None

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
order = np.random.default_rng(0).permutation(len(X))
known, unseen = order[360:], order[:360]

# the network: its forward pass is NumPy to be read, its weights are at random
network = cp.mlp([64, 64, 10], hidden="relu", output="softmax")
print(network.source)

# training: 30 times through the pictures, 32 at a time
run = cp.train(
    network,
    data={"x": X[known], "t": y[known]},
    optimizer="adam",
    learning_rate=0.003,
    epochs=30,
    batch_size=32,
)
first, last = run.history["epoch_loss"][[0, -1]]
print(f"mean loss, first and last epoch: {first:.3f}, {last:.4f}")

# pictures that it has never seen
probs = network.predict(X[unseen], run.params)
guesses = probs.argmax(axis=1)
print(f"right: {np.mean(guesses == y[unseen]):.1%} of {len(unseen)}")

doubtful = probs.max(axis=1).argmin()
print(f"the one it is least sure of, a {y[unseen][doubtful]}:")
for row in X[unseen][doubtful].reshape(8, 8):
    print("".join(" .:-=+*#@"[int(8 * ink)] * 2 for ink in row))
for digit in probs[doubtful].argsort()[:-4:-1]:
    print(f"{digit}: {probs[doubtful, digit]:.0%}")
