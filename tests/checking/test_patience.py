"""A search ends after so much work, however long that takes on a busy machine."""

import pytest

from clearprop.checking import patience
from clearprop.checking.patience import BUSY, Patience


@pytest.fixture
def clocks(monkeypatch):
    """The time on the wall and the processor's, to be set by hand."""
    now = {"wall": 100.0, "work": 3.0}
    monkeypatch.setattr(patience, "perf_counter", lambda: now["wall"])
    monkeypatch.setattr(patience, "process_time", lambda: now["work"])
    return now


@pytest.mark.parametrize(
    "wall, work, over",
    [
        (0.9, 0.9, False),
        (1.1, 1.1, True),
        (BUSY - 0.1, 0.9, False),  # another process had the processor
        (BUSY + 0.1, 0.0, True),  # the program sleeps
    ],
)
def test_work_counts_and_sleep_in_the_end(clocks, wall, work, over):
    made = Patience(1.0)
    clocks["wall"] += wall
    clocks["work"] += work
    assert made.over is over
