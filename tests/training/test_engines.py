"""Which engine runs, and what it is called."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

import clearprop as cp
from clearprop.training.native import compile as compiling


@pytest.fixture
def automatic(monkeypatch, tmp_path):
    """The automatic choice, with nothing compiled yet."""
    monkeypatch.delenv("CLEARPROP_ENGINE")
    monkeypatch.setenv("CLEARPROP_CACHE", str(tmp_path))


@pytest.fixture
def compiler():
    """Skip where this machine has none."""
    try:
        compiling.compiler()
    except compiling.NoCompiler as error:
        pytest.skip(str(error))


def square(x, t, W, pause=None):
    if pause is not None:
        pause()
    return np.mean((x @ W - t) ** 2)


def data():
    rng = np.random.default_rng(0)
    return {"x": rng.normal(size=(40, 3)), "t": rng.normal(size=(40, 1))}


START = {"W": np.zeros((3, 1))}


def waiting(progress):
    """Leave the compiler time between epochs."""
    time.sleep(0.05)


def test_numpy_serves_while_the_code_compiles(automatic, compiler):
    """A first compile takes 70 ms and more: 60 epochs of 50 ms outlast it."""
    options = dict(batch_size=10, epochs=60, learning_rate=0.1, on_epoch=waiting)
    first = cp.train(square, START, data(), **options)
    assert first.engine == "native" or "while compiling, then native" in first.engine
    again = cp.train(square, START, data(), **options)
    assert again.engine == "native"
    slow = cp.train(square, START, data(), engine="numpy", **options)
    # the same steps, sums in another order
    for run in (first, again):
        assert np.allclose(run.params["W"], slow.params["W"], rtol=1e-12)


def test_a_short_training_leaves_the_code_for_the_next(compiler, tmp_path):
    """The second process finds compiled what the first had no time to use."""
    program = (
        "import numpy as np, clearprop as cp\n"
        "def f(x, t, W):\n"
        "    return np.mean((x @ W - t) ** 2)\n"
        "data = {'x': np.ones((4, 2)), 't': np.ones(4)}\n"
        "print(cp.train(f, {'W': np.zeros(2)}, data, steps=2).engine)\n"
    )
    (tmp_path / "short.py").write_text(program)
    env = {**os.environ, "CLEARPROP_CACHE": str(tmp_path), "CLEARPROP_ENGINE": "auto"}
    for engine in ("", "native"):
        ran = subprocess.run(
            [sys.executable, tmp_path / "short.py"], env=env, capture_output=True,
            text=True,
        )  # fmt: skip
        assert (ran.returncode, ran.stderr) == (0, "")
        assert engine in ran.stdout


def test_without_a_compiler_numpy_trains_and_says_so(automatic, monkeypatch):
    monkeypatch.setenv("CC", "/no/such/compiler")
    compiling.compiler.cache_clear()
    try:
        run = cp.train(square, START, data(), epochs=100, on_epoch=waiting, steps=None)
        with pytest.raises(cp.ClearpropError, match="no/such/compiler"):
            cp.train(square, START, data(), epochs=1, engine="native")
    finally:
        compiling.compiler.cache_clear()
    assert run.engine.startswith("numpy (") and "compiler" in run.engine


def test_what_native_cannot_is_said(automatic, compiler):
    def sorted_loss(x, t, W):
        return np.mean(np.sort(x @ W - t, axis=0) ** 2)

    run = cp.train(sorted_loss, START, data(), epochs=2)
    assert run.engine.startswith("numpy (") and len(run.engine) > len("numpy ()")
    with pytest.raises(cp.ClearpropError, match="native"):
        cp.train(sorted_loss, START, data(), epochs=2, engine="native")


def test_the_environment_says_what_automatic_means(monkeypatch):
    monkeypatch.setenv("CLEARPROP_ENGINE", "numpy")
    assert cp.train(square, START, data(), epochs=1).engine == "numpy"
    monkeypatch.setenv("CLEARPROP_ENGINE", "fast")
    with pytest.raises(cp.ClearpropError, match="engine='fast'"):
        cp.train(square, START, data(), epochs=1)
