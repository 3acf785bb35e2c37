"""The native engine computes what NumPy computes, for every kind of dense network.

A pairwise cover: every two of network, optimizer, activation, loss and dtype meet in
some case. Each case runs steps on shuffled batches and is compared with a plain loop.
"""

from __future__ import annotations

import numpy as np
import pytest
from training.native.networks import (
    ACTIVATIONS,
    LOSSES,
    NETWORKS,
    network,
    pairwise,
)
from training.native.plans import plan_of, reference, shuffled

from clearprop.training.native.engine import NativeEngine
from clearprop.training.rules import FORMULAS

pytestmark = pytest.mark.filterwarnings("ignore::clearprop.errors.ClearpropWarning")

AXES = (
    tuple(NETWORKS), tuple(FORMULAS), tuple(ACTIVATIONS), tuple(LOSSES),
    ("float64", "float32"),
)  # fmt: skip


@pytest.mark.parametrize("case", pairwise(AXES), ids="-".join)
def test_the_parameters_are_numpy_s(case) -> None:
    name, rule, activation, loss, dtype = case
    forward, params, data = network(name, activation, loss, dtype)
    plan = plan_of(forward, params, data, rule, batch_size=8, per_example=False)
    # float32 after few steps: its rounding is amplified by every further one, and
    # Adam divides by the root of squares that are near 0
    steps = 50 if dtype == "float64" else 10
    batches, rates = shuffled(plan, steps), np.full(steps, 0.02)
    engine = NativeEngine(plan)
    found = engine.run(batches, rates)
    losses, weights = reference(plan, batches, rates)
    exact = {"rtol": 1e-9, "atol": 1e-11}
    close = exact if dtype == "float64" else {"rtol": 2e-4, "atol": 2e-5}
    np.testing.assert_allclose(found.losses, losses, **close)
    state = engine.state()
    for i, parameter in enumerate(plan.parameters):
        assert state[str(i)].dtype == np.dtype(dtype)
        np.testing.assert_allclose(state[str(i)], weights[parameter.label], **close)
