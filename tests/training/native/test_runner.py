"""The quick way to call a compiled routine: the same steps, and care where it ends.

An engine's first call takes the careful way; from the second on it is the quick one's,
and what doesn't fit there goes back to the careful one.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest
from training.native.plans import plan_of, shuffled

from clearprop.training.native.engine import NativeEngine
from clearprop.training.native.runner import ELSEWHERE
from clearprop.training.numpy_engine import NumPyEngine


def line(x: Any, t: Any, w: Any) -> Any:
    return np.mean((x @ w - t) ** 2)


def plan(rows: int = 40, **options: Any) -> Any:
    rng = np.random.default_rng(1)
    data = {"x": rng.normal(size=(rows, 3)), "t": rng.normal(size=rows)}
    return plan_of(line, {"w": np.ones(3)}, data, batch_size=8, **options)


def ready(engine: NativeEngine) -> Any:
    """The engine's quick call for batches of eight, after one step."""
    engine.run(np.arange(8)[None], np.full(1, 0.1))
    return engine._quick[8, True]


def test_the_same_steps_as_numpy_from_the_second_call_on() -> None:
    made = plan(rule="adam")  # its steps depend on how many were made
    engine, right = NativeEngine(made), NumPyEngine(made)
    rates = np.full(6, 0.1)
    for batches in np.split(shuffled(made, 24), 4):
        found, wanted = engine.run(batches, rates), right.run(batches, rates)
        np.testing.assert_allclose(found.losses, wanted.losses, rtol=1e-12)
    assert engine.step == right.step == 24


@pytest.mark.parametrize("row", [40, -1])
def test_rows_outside_the_data_are_refused(row: int) -> None:
    engine = NativeEngine(plan())
    assert ready(engine) is not None
    before = engine.weights[0]
    with pytest.raises(IndexError, match="batches name rows outside 0 to 39"):
        engine.run(np.array([[0, 1, 2, 3, 4, 5, 6, row]]), np.full(1, 0.1))
    with pytest.raises(ValueError, match="for 2 steps"):
        engine.run(np.arange(8)[None], np.full(2, 0.1))
    assert np.array_equal(engine.weights[0], before) and engine.step == 1


@pytest.mark.parametrize(
    "other",
    [
        lambda rows: rows.astype(np.int32),
        lambda rows: np.repeat(rows, 2, axis=1)[:, ::2],
        lambda rows: rows.astype(">i8"),
    ],
)
def test_other_arrays_take_the_careful_way(other: Any) -> None:
    made = plan()
    engine, same = NativeEngine(made), NativeEngine(made)
    rows, rates = np.arange(16).reshape(2, 8), np.full(2, 0.1)
    quick = ready(engine)
    ready(same)
    assert quick(1, np.empty(2), rates, other(rows)) == ELSEWHERE
    assert quick(1, np.empty(2), rates.astype(np.float32), rows) == ELSEWHERE
    assert quick(1, np.empty(3), rates, rows) == ELSEWHERE
    assert quick(1, np.empty(2)) == ELSEWHERE
    assert np.array_equal(
        engine.run(other(rows), rates).losses, same.run(rows, rates).losses
    )


def test_it_tells_of_the_steps_up_to_one_that_is_not_finite() -> None:
    made = plan()
    made.inputs[1].value[20] = np.inf
    engine = NativeEngine(made)
    ready(engine)
    found = engine.run(np.arange(40).reshape(5, 8), np.full(5, 0.1))
    assert len(found.losses) == 3 and np.isinf(found.losses[-1])
    assert engine.step == 1 + 2


def test_records_are_told_as_before() -> None:
    engine = NativeEngine(plan(record=["w"]))
    for _ in range(3):
        found = engine.run(np.arange(8)[None], np.full(1, 0.1))
        assert np.array_equal(found.records["w"][0], engine.weights[0])


def test_other_threads_go_on_meanwhile() -> None:
    """A call that held the lock would let this one count once or twice."""
    engine = NativeEngine(plan())
    quick = ready(engine)
    count = 100_000
    rows = np.tile(np.arange(8), (count, 1))
    losses, rates = np.empty(count), np.zeros(count)
    done: list[int] = []
    work = threading.Thread(
        target=lambda: done.extend(quick(1, losses, rates, rows) for _ in range(5))
    )
    work.start()
    seen = 0
    while work.is_alive():
        seen += 1
        time.sleep(1e-4)
    assert done == [count] * 5
    assert seen > 2 * len(done)
