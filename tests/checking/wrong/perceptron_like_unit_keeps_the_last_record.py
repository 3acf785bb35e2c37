# expect: line=21 variable=grad_w mistake=overwritten-accumulator
# right: grad_w += (p - label) * row
import math

import numpy as np

rng = np.random.default_rng(2)
table = rng.normal(size=(18, 4))
labels = (table[:, 1] > 0.1).astype(float)
w = 0.1 * rng.normal(size=4)


def squash(z):
    return 1.0 / (1.0 + math.exp(-z)) if isinstance(z, float) else 1 / (1 + np.exp(-z))


for epoch in range(60):
    grad_w = np.zeros_like(w)
    for row, label in zip(table, labels):
        p = squash(row @ w)
        grad_w = (p - label) * row  # each record in turn, and only the last is left
    w = w - 0.3 * grad_w / len(table)
