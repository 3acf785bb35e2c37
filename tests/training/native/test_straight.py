"""Tiny networks as straight lines: the chain of two neurons, the 3-2-1 network."""

from __future__ import annotations

import numpy as np
import pytest
from training.native.plans import plan_of, reference, shuffled

from clearprop.training.native.engine import NativeEngine
from clearprop.training.numpy_engine import NumPyEngine
from clearprop.training.rules import FORMULAS


def chain(w2, w1, w0, s0, target):
    s1 = 1 / (1 + np.exp(-w0 * s0))
    s2 = 1 / (1 + np.exp(-w1 * s1))
    out = w2 * s2
    return 0.5 * (out - target) ** 2


def network(x, t, W1, b1, W2, b2):
    h = 1 / (1 + np.exp(-(x @ W1 + b1)))
    y = 1 / (1 + np.exp(-(h @ W2 + b2)))
    return 0.5 * np.sum((y - t) ** 2)


@pytest.mark.parametrize("sequential", [False, True])
def test_a_thousand_recorded_steps_of_the_chain(sequential) -> None:
    plan = plan_of(
        chain, dict(w2=0.5, w1=1.0, w0=2.0), dict(s0=2.0, target=0.7),
        record=["w0", "w1", "w2", "out"], sequential=sequential,
    )  # fmt: skip
    rates = np.full(1000, 0.1)
    found = NativeEngine(plan).run(None, rates)
    right = NumPyEngine(plan).run(None, rates)
    for name, values in right.records.items():
        assert found.records[name].shape == (1000,)
        np.testing.assert_allclose(found.records[name], values, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.losses, right.losses, rtol=0, atol=1e-12)


@pytest.mark.parametrize("x", [-800.0, -40.0, -31.9, -3.0, 0.0, 1e-9, 5.0, 33.0, 800.0])
def test_the_sigmoid_s_table_far_out_and_beyond(x) -> None:
    """From 1e-14 to 1 - 1e-14, to a few units in the last place, and flat outside."""
    plan = plan_of(chain, dict(w2=1.0, w1=1.0, w0=x), dict(s0=1.0, target=0.7))
    found = NativeEngine(plan).run(None, np.array([1.0]))
    right = NumPyEngine(plan).run(None, np.array([1.0]))
    np.testing.assert_allclose(found.losses, right.losses, rtol=1e-14)


def small(dtype=np.float64):
    rng = np.random.default_rng(3)
    shapes = dict(W1=(3, 2), b1=(2,), W2=(2, 1), b2=(1,))
    params = {k: rng.normal(size=s).astype(dtype) for k, s in shapes.items()}
    x = rng.normal(size=(20, 3)).astype(dtype)
    return params, {"x": x, "t": (x.sum(axis=1, keepdims=True) > 0).astype(dtype)}


@pytest.mark.parametrize("rule", FORMULAS)
def test_online_learning_by_every_rule(rule) -> None:
    params, data = small()
    plan = plan_of(network, params, data, rule, batch_size=1, l2=0.01, clip_value=0.05)
    batches, rates = shuffled(plan, 200), np.full(200, 0.05)
    engine = NativeEngine(plan)
    found = engine.run(batches, rates)
    losses, weights = reference(plan, batches, rates)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-10)
    for i, parameter in enumerate(plan.parameters):
        np.testing.assert_allclose(engine.weights[i], weights[parameter.label], 1e-9)


def test_single_precision_stays_single() -> None:
    params, data = small(np.float32)
    plan = plan_of(network, params, data, batch_size=1)
    batches, rates = shuffled(plan, 50), np.full(50, 0.05)
    engine = NativeEngine(plan)
    engine.run(batches, rates)
    weights = reference(plan, batches, rates)[1]
    for i, parameter in enumerate(plan.parameters):
        assert engine.weights[i].dtype == np.float32
        # 50 steps round 50 times
        np.testing.assert_allclose(
            engine.weights[i], weights[parameter.label], rtol=1e-5, atol=1e-6
        )
