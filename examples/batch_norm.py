"""Batch normalization, one small step per line, so that each has one small gradient.

Every column of x (a feature, over the batch) is moved to mean 0 and variance 1, then
stretched by gamma and shifted by beta, which are learned. The backward pass is famous
for its length: the mean and the variance send gradient to every row.

    clearprop derive examples/batch_norm.py:loss --style atomic
    clearprop derive examples/batch_norm.py:loss
"""

import numpy as np


def normalize(x, eps):
    N, D = x.shape

    mean = 1.0 / N * np.sum(x, axis=0)
    centered = x - mean
    squared = centered**2
    variance = 1.0 / N * np.sum(squared, axis=0)
    spread = np.sqrt(variance + eps)
    inverse = 1.0 / spread
    return centered * inverse


def batch_norm(x, gamma, beta, eps=1e-5):
    return gamma * normalize(x, eps) + beta


def loss(x, gamma, beta, target):
    """Half the squared distance of the normalized batch from a target."""
    out = batch_norm(x, gamma, beta)
    return 0.5 * np.sum((out - target) ** 2)


rng = np.random.default_rng(0)
x = rng.normal(loc=3.0, scale=2.0, size=(6, 4))
gamma = np.ones(4)
beta = np.zeros(4)
target = rng.normal(size=(6, 4))

xhat = normalize(x, 1e-5)
print("mean of each feature before:", np.mean(x, axis=0).round(2))
print("mean of each feature after:", abs(np.mean(xhat, axis=0)).round(2))
print("variance before:", np.var(x, axis=0).round(2))
print("variance after:", np.var(xhat, axis=0).round(2))
print("loss:", loss(x, gamma, beta, target))
