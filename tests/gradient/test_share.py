"""Sums that share their work: right, cheaper, and taken only then."""

import numpy as np
import pytest
from reference import assert_same, numeric_gradients

import clearprop


def normalized(x, gamma, target):
    centered = x - x.mean(axis=0)
    inverse = 1 / np.sqrt((centered**2).mean(axis=0) + 1e-5)
    xhat = centered * inverse
    out = gamma * xhat
    return np.sum((out - target) ** 2)


def layer_normalized(x, gamma, target):
    centered = x - x.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt((centered**2).mean(axis=1, keepdims=True) + 1e-5)
    return np.sum((gamma * centered * inverse - target) ** 2)


def scaled(x, gamma, target):
    return np.sum((x * gamma - target) ** 2)


@pytest.mark.parametrize("forward", [normalized, layer_normalized, scaled])
def test_shared_sums_are_right(forward):
    rng = np.random.default_rng(0)
    for rows, columns in [(6, 4), (5, 3)]:
        args = rng.normal(size=(rows, columns)), rng.normal(size=columns)
        args = (*args, rng.normal(size=(rows, columns)))
        found = clearprop.derive(forward, *args)(*args)
        want = numeric_gradients(forward, args, ("x", "gamma", "target"))
        assert_same(found, want, 1e-6, 1e-8)


def test_one_sum_serves_both():
    args = np.ones((6, 4)) + np.eye(6, 4), np.ones(4), np.eye(6, 4)
    source = clearprop.derive(normalized, *args, wrt=("x", "gamma")).source
    backward = source.split("# backward pass")[1]
    assert backward.count(".sum(axis=0)") == 2  # of dout, and of dout * centered
