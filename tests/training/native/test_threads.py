"""Threads where they pay: how many share a step, by its size and the cores."""

from __future__ import annotations

import numpy as np
import pytest
from training.native.plans import plan_of

import clearprop as cp
from clearprop.training.native import dense_steps
from clearprop.training.native.dense import dense


@pytest.mark.parametrize(
    ("sizes", "batch", "cores", "members"),
    [
        ([64, 32, 10], 32, 8, 1),  # W4: a step is shorter than a meeting
        ([784, 128, 10], 64, 1, 1),
        ([784, 128, 10], 64, 2, 2),  # W5
        ([784, 512, 512, 10], 256, 2, 2),  # W6
        ([784, 512, 512, 10], 256, 100, 8),
        ([784, 10], 256, 2, 1),  # nothing to split: no hidden columns
    ],
)
def test_as_many_as_the_work_is_worth(sizes, batch, cores, members, monkeypatch):
    monkeypatch.setattr(dense_steps, "cores", lambda: cores)
    made = cp.mlp(sizes, output="softmax")
    data = {"x": np.ones((batch, sizes[0]), np.float32), "t": np.zeros(batch, int)}
    net = dense(plan_of(made.forward, made.params, data, batch_size=batch))
    assert dense_steps.members_for(net, batch) == members


def test_the_environment_says_how_many_there_may_be(monkeypatch):
    monkeypatch.setenv("CLEARPROP_THREADS", "3")
    assert dense_steps.cores.__wrapped__() == 3
    monkeypatch.setenv("CLEARPROP_THREADS", "none")
    assert dense_steps.cores.__wrapped__() >= 1
