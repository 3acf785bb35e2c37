# expect: line=13 variable=dscores mistake=scale
# right: (p - onehot) / n
import numpy as np


def cross_entropy(scores, onehot):
    """The mean loss of the rows, and its gradient for the scores."""
    n = scores.shape[0]
    z = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(z)
    p = p / p.sum(axis=1, keepdims=True)
    loss = -np.sum(onehot * np.log(p)) / n
    dscores = p - onehot
    return loss, dscores


def squared(pred, target):
    n = pred.shape[0]
    loss = np.sum((pred - target) ** 2) / n
    dpred = 2 * (pred - target) / n
    return loss, dpred


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    print(cross_entropy(rng.normal(size=(5, 3)), np.eye(3)[[0, 1, 2, 1, 0]])[0])
    print(squared(rng.normal(size=(5, 3)), rng.normal(size=(5, 3)))[0])
