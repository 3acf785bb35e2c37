"""Forward passes of the corpus: native steps are NumPy's, or the reason is said.

One in twelve, from all themes: each is compiled, which takes a while.
"""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from corpus import CASES
from training.native.plans import plan_of

from clearprop.training.native.engine import NativeEngine
from clearprop.training.native.support import unsupported
from clearprop.training.numpy_engine import NumPyEngine

pytestmark = pytest.mark.filterwarnings("ignore")


def holds_floats(value) -> bool:
    return isinstance(value, float | dict | list) or (
        isinstance(value, np.ndarray) and value.dtype.kind == "f"
    )


# Those whose arguments can be parameters: no arrays of an object, no empty ones, no *W.
TRAINABLE = [
    case
    for case in CASES
    if not case.built and not any(word in case.id for word in ("empty", "starred"))
]
REASONS = ("among its operations", "depends on")


@pytest.mark.parametrize("case", TRAINABLE[::12], ids=lambda case: case.id)
def test_two_steps(case) -> None:
    forward, arguments = case.at(case.sizes)
    given = inspect.signature(forward).bind(*arguments).arguments
    params = {
        name: value
        for name, value in given.items()
        if holds_floats(value) and (case.names is None or name in case.names)
    }
    data = {name: value for name, value in given.items() if name not in params}
    plan = plan_of(forward, params, data)
    reason = unsupported(plan)
    if reason is not None:
        assert any(words in reason for words in REASONS)
        return
    engine, right = NativeEngine(plan), NumPyEngine(plan)
    found, wanted = (one.run(None, np.full(2, 1e-3)) for one in (engine, right))
    np.testing.assert_allclose(found.losses, wanted.losses, rtol=1e-9, atol=1e-12)
    for weight, value in zip(engine.weights, right.weights):
        np.testing.assert_allclose(weight, value, rtol=1e-9, atol=1e-12)
