"""Why a plan is not native: the operation and its line, in words."""

from __future__ import annotations

import numpy as np
import pytest
from training.native.plans import plan_of

from clearprop.training.native.engine import NativeEngine
from clearprop.training.native.support import unsupported
from clearprop.training.native.values import Unsupported

X = np.random.default_rng(0).normal(size=(6, 4))


def plan(forward, **params):
    return plan_of(forward, params, {"x": X}, batch_size=3, per_example=False)


def test_what_it_takes_has_no_reason() -> None:
    assert unsupported(plan(lambda x, w: np.mean(np.tanh(x @ w)), w=np.ones(4))) is None


def test_an_operation_outside_its_own() -> None:
    def forward(x, w):
        steps = np.cumsum(x * w, axis=1)
        return np.mean(steps**2)

    line = forward.__code__.co_firstlineno + 1
    one = plan(forward, w=np.ones(4))
    assert unsupported(one) == f"line {line}: cumsum is not among its operations"
    with pytest.raises(Unsupported, match="cumsum"):
        NativeEngine(one)


def test_random_numbers() -> None:
    def forward(x, w):
        return np.mean(x * w * (np.random.rand(3, 4) < 0.5))  # noqa: NPY002

    assert "random" in unsupported(plan(forward, w=np.ones(4)))


def test_a_branch_on_the_parameters() -> None:
    def forward(x, w):
        s = np.mean(x * w)
        if s > 100:
            s = s - 100
        return s**2

    assert "depends on the parameters" in unsupported(plan(forward, w=np.ones(4)))


def test_a_branch_on_a_batch_s_rows() -> None:
    def forward(x, w):
        if x.sum() > 100:
            return np.mean(x * w)
        return np.mean((x * w) ** 2)

    assert "depends on a batch's rows" in unsupported(plan(forward, w=np.ones(4)))


def test_a_branch_that_all_rows_take_alike() -> None:
    def forward(x, w):
        if np.any(np.abs(x) > 100):
            return np.mean(x * w)
        return np.mean((x * w) ** 2)

    assert unsupported(plan(forward, w=np.ones(4))) is None
    far = np.where(np.arange(6)[:, None] == 5, 1000.0, X)
    other = plan_of(
        forward, {"w": np.ones(4)}, {"x": far}, batch_size=3, per_example=False
    )
    assert "don't go the way" in unsupported(other)


@pytest.mark.skipif(np.longdouble == np.float64, reason="no longer numbers here")
def test_numbers_that_c_compilers_disagree_on() -> None:
    data = {"x": X.astype(np.longdouble)}
    one = plan_of(
        lambda x, w: np.mean(x * w), {"w": np.ones(4)}, data, batch_size=3,
        per_example=False,
    )  # fmt: skip
    assert unsupported(one) == f"x holds {data['x'].dtype.name} numbers"
