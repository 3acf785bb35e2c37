"""Two neurons in a row, trained two ways, and a picture of it.

The loop that many notebooks have moves w2 first and then uses the moved w2 in the line
for w1: that is `update="sequential"`. The gradient step takes all three gradients at
the same weights and only then moves them: `update="simultaneous"`, the default.
Both find the target here; the ways there differ a little.

With the name of a file, it draws the weights, the output and its target:

    python examples/train_two_neurons.py two_neurons.png
"""

import sys

import numpy as np

import clearprop as cp


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def chain(w2, w1, w0, s0, target):
    """Half the squared error of the chain's output."""
    s1 = sigmoid(w0 * s0)
    s2 = sigmoid(w1 * s1)
    out = w2 * s2
    return 0.5 * (out - target) ** 2


runs = {}
for update in ("sequential", "simultaneous"):
    runs[update] = cp.train(
        chain,
        {"w2": 0.5, "w1": 1, "w0": 2},
        {"s0": 2, "target": 0.7},
        learning_rate=0.1,
        steps=1000,
        update=update,
        record=["w2", "w1", "w0", "out"],
    )

for update, run in runs.items():
    history = run.history
    print(f"{update}:")
    for name in ("w2", "w1", "w0"):
        print(f"  {name}: {history[name][0]:.8f} ... {run.params[name]:.8f}")
    print(f"  out: {history['out'][0]:.8f} ... {history['out'][-1]:.8f}")

apart = {
    name: np.abs(runs["sequential"].history[name] - runs["simultaneous"].history[name])
    for name in ("w2", "w1", "w0", "out")
}
for name, difference in apart.items():
    print(f"largest difference in {name}: {difference.max():.2e}")

if len(sys.argv) > 1:
    runs["sequential"].plot().savefig(sys.argv[1])
