"""The bar: what it shows on a terminal, and that it is silent everywhere else."""

import io
import re
import sys
import time

import numpy as np
import pytest

import clearprop as cp
from clearprop.training import loop, progress
from clearprop.training.numpy_engine import NumPyEngine
from clearprop.training.progress import Progress, following

RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(60, 3)), RNG.normal(size=60)
START = {"w": np.zeros(3)}


def linear(x, t, w):
    return np.mean((x @ w - t) ** 2)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def rich(monkeypatch):
    pytest.importorskip("rich", reason="the extra 'progress' isn't installed")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def heard(monkeypatch, stream, **options):
    """What a training writes to stderr."""
    monkeypatch.setattr(sys, "stderr", stream)
    cp.train(linear, START, (X, T), epochs=3, batch_size=10, **options)
    return stream.getvalue()


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


# --- where it is silent ---------------------------------------------------------------


def test_it_is_quiet_where_nobody_looks(monkeypatch, rich, capfd):
    assert heard(monkeypatch, io.StringIO()) == ""
    assert heard(monkeypatch, Terminal(), progress=False) == ""
    assert capfd.readouterr() == ("", "")


def test_it_is_quiet_without_rich_and_without_stderr(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    assert heard(monkeypatch, Terminal()) == ""
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
    cp.train(linear, START, (X, T), epochs=1, batch_size=10)


# --- what it shows --------------------------------------------------------------------


def test_a_terminal_sees_loss_speed_and_time_left(monkeypatch, rich):
    shown = heard(monkeypatch, Terminal(), validation=0.2)
    for words in (
        r"training ",
        r"100%",
        r"loss \d\.\d+, held \d\.\d+",
        r"\d+ steps/s",
        r"left \d:\d\d:\d\d",
    ):
        assert re.search(words, plain(shown)), words
    # the line is erased in the end: what comes next is where it was
    assert shown.rstrip("\n").endswith("\x1b[2K")


def test_the_numbers_are_those_of_the_training(monkeypatch, rich):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with following(1000, 0, None) as seen:
        seen(Progress(1, 2, 500, 1000, 0.12345, 0.5, 2.0, "native"))
    shown = plain(sys.stderr.getvalue())
    assert "50%" in shown
    assert "loss 0.1235, held 0.5" in shown
    assert "250 steps/s" in shown


def test_the_speed_is_that_of_late(monkeypatch, rich):
    """As when compiled code has taken over from NumPy."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    with following(10_000, 0, None) as seen:
        for k in range(1, 11):
            seen(Progress(0, 1, 10 * k, 10_000, 1.0, None, 1.0 * k, "numpy"))
        for k in range(1, 5):
            seen(Progress(0, 1, 100 + 1000 * k, 10_000, 1.0, None, 10.0 + k, "native"))
    shown = re.findall(r"([\d,]+) steps/s", plain(sys.stderr.getvalue()))
    assert shown[-1] == "1,000"


def test_time_left_is_what_the_speed_says(monkeypatch, rich):
    """A training that goes on is no faster for the steps that were made before."""
    clock = [100.0]
    bar = progress._bar()
    bar.get_time = lambda: clock[0]
    monkeypatch.setattr(progress, "_bar", lambda: bar)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with following(1000, 400, True) as seen:
        for step in (450, 500, 550):
            clock[0] += 5.0
            seen(Progress(0, 1, step, 1000, 1.0, None, 1.0, "numpy"))
        (task,) = bar.tasks
        # the first of them comes after steps whose time nobody knows
        assert task.time_remaining == pytest.approx(450 / 10, abs=1)


def test_it_moves_within_an_epoch(monkeypatch):
    """An epoch may take an hour."""
    seen = []
    monkeypatch.setattr(loop, "following", lambda *asked: Noted(seen))
    monkeypatch.setattr(loop, "_BAR_SECONDS", 0.0)
    run = cp.train(linear, START, (X, T), epochs=2, batch_size=10)
    assert [p.step for p in seen] == list(range(1, 13))
    assert [p.epoch for p in seen] == [0] * 5 + [1] * 6 + [2]
    means = [np.mean(run.history["loss"][:k]) for k in range(1, 7)]
    np.testing.assert_allclose([p.loss for p in seen[:6]], means, rtol=1e-12)


class Noted:
    """In the place of a bar."""

    def __init__(self, seen):
        self.seen = seen

    def __enter__(self):
        return self.seen.append

    def __exit__(self, *error):
        pass


def test_an_epoch_is_cut_so_that_ctrl_c_is_heard(monkeypatch):
    """What an engine is asked for at once ends soon, however long the epoch is."""
    asked = []
    run = NumPyEngine.run

    def slow(self, batches, rates):
        asked.append(len(rates))
        if len(asked) == 4:
            raise KeyboardInterrupt
        time.sleep(0.01 * len(rates))
        return run(self, batches, rates)

    monkeypatch.setattr(NumPyEngine, "run", slow)
    monkeypatch.setattr(loop, "_LOOK_SECONDS", 0.05)
    with pytest.raises(KeyboardInterrupt):
        cp.train(linear, START, (X, T), epochs=1, batch_size=1, engine="numpy")
    assert asked[0] == 1
    assert all(count <= 5 for count in asked)


def test_looking_changes_nothing(monkeypatch, rich):
    monkeypatch.setattr(loop, "_BAR_SECONDS", 0.0)
    options = dict(epochs=3, batch_size=7, optimizer="adam", record=["w"])
    alone = cp.train(linear, START, (X, T), **options)
    monkeypatch.setattr(sys, "stderr", Terminal())
    watched = cp.train(linear, START, (X, T), progress=True, **options)
    assert np.array_equal(alone.params["w"], watched.params["w"])
    assert np.array_equal(alone.history["loss"], watched.history["loss"])
    assert np.array_equal(alone.history["w"], watched.history["w"])
