"""Initial weights have the spread that the papers ask for."""

import math

import numpy as np
import pytest

import clearprop as cp
from clearprop.training.initial import RULES, drawn

# The standard deviation of a layer's weights from 300 inputs to 200 outputs.
SPREAD = {
    "he": math.sqrt(2 / 300),
    "glorot": math.sqrt(2 / 500),
    "lecun": math.sqrt(1 / 300),
}


@pytest.mark.parametrize("rule", RULES)
def test_spread_and_shape_of_the_distribution(rule):
    weights = drawn(rule, 300, 200, np.random.default_rng(0))
    spread = SPREAD[rule.partition("_")[0]]
    assert weights.shape == (300, 200)
    # 60,000 draws: the mean is sure to 1/245 of the spread, the spread to 1/346
    assert abs(weights.mean()) < 5 * spread / 245
    assert weights.std() == pytest.approx(spread, rel=5 / 346)
    kurtosis = np.mean(weights**4) / np.mean(weights**2) ** 2
    assert kurtosis == pytest.approx(3 if rule.endswith("normal") else 9 / 5, abs=0.1)


def test_glorot_s_uniform_limit_is_the_one_in_the_paper():
    weights = drawn("glorot_uniform", 300, 200, np.random.default_rng(0))
    limit = math.sqrt(6) / math.sqrt(300 + 200)
    assert 0.999 * limit < np.abs(weights).max() <= limit


def test_each_activation_s_own_rule():
    net = cp.mlp([300, 300, 300, 300], hidden=["relu", "selu"], output="softmax")
    found = [net.params[f"W{k}"].std() for k in (1, 2, 3)]
    meant = [math.sqrt(2 / 300), math.sqrt(1 / 300), math.sqrt(2 / 600)]
    np.testing.assert_allclose(found, meant, rtol=0.02)
    assert not any(net.params[f"b{k}"].any() for k in (1, 2, 3))


def test_a_rule_for_all_layers():
    net = cp.mlp([300, 300, 300], hidden="relu", initial="lecun_uniform")
    limit = math.sqrt(3 / 300)
    for name in ("W1", "W2"):
        assert 0.99 * limit < np.abs(net.params[name]).max() <= limit


def test_both_dtypes_begin_alike():
    low, high = (cp.mlp([3, 4], seed=1, dtype=d).params["W1"] for d in ("f4", "f8"))
    np.testing.assert_array_equal(low, high.astype(np.float32))


@pytest.mark.parametrize("hidden", ["relu", "selu"])
def test_values_keep_their_size_through_thirty_layers(hidden):
    """What the rules are for: neither growing nor vanishing with depth."""
    sizes = [256] * 31
    x = np.random.default_rng(0).normal(size=(64, 256))
    y = cp.mlp(
        sizes, hidden=hidden, output=hidden if hidden == "selu" else "relu"
    ).predict(x)
    assert 0.3 < np.sqrt(np.mean(y**2)) < 3
