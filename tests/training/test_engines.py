"""Which engine runs, and what it is called."""

import os
import subprocess
import sys
import time
import warnings

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


def available(engine):
    """Skip where this engine can't be."""
    if engine == "jax":
        pytest.importorskip("jax")
    if engine == "native":
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


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_whose_bytes_stand_in_another_order_are_the_same_numbers(engine, order):
    """C would read labels that lie far outside, and floats that are any numbers."""
    rng = np.random.default_rng(0)
    x, label = rng.normal(size=(20, 4)), rng.integers(0, 3, 20)
    scale, columns = np.arange(1.0, 5.0), np.array([2, 0, 1, 3])
    start = {"W": rng.normal(size=(4, 3))}

    def trained(engine, f=lambda array: array):
        gain, at = f(scale), f(columns)

        def loss(x, label, W):
            z = (x * gain)[:, at] @ W
            right = z[np.arange(len(label)), label]
            return np.mean(np.log(np.exp(z).sum(axis=1)) - right)

        data = {"x": f(x), "label": f(label)}
        params = {"W": f(start["W"])}
        return cp.train(loss, params, data, batch_size=6, epochs=3, engine=engine)

    found = trained(engine, lambda a: a.astype(a.dtype.newbyteorder(order)))
    assert found.params["W"].dtype.isnative and found.engine == engine
    np.testing.assert_allclose(
        found.params["W"], trained("numpy").params["W"], rtol=1e-12
    )


def test_a_file_in_another_order_of_bytes_stays_in_its_file(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 3))
    np.save(tmp_path / "x.npy", x.astype(x.dtype.newbyteorder("S")))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")

    def loss(x, w):
        return np.mean((x @ w - 1) ** 2)

    start, options = {"w": np.zeros(3)}, dict(batch_size=6, epochs=3)
    with pytest.raises(cp.ClearpropError, match="x is read from its file in another"):
        cp.train(loss, start, {"x": mapped}, engine="native", **options)
    found, wanted = (
        cp.train(loss, start, {"x": data}, engine="numpy", **options)
        for data in (mapped, x)
    )
    np.testing.assert_array_equal(found.params["w"], wanted.params["w"])


# -- what isn't finite -----------------------------------------------------------------


def root(x, t, w):
    """A loss that is finite at x = 0, with a slope that isn't."""
    return np.mean((np.sqrt(w * x) - t) ** 2)


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("engine", ["numpy", "native", "jax"])
def test_a_gradient_that_is_not_finite_ends_it_and_moves_nothing(engine, batch_size):
    available(engine)
    data = {"x": np.array([3.0, 2.0, 3.0, 0.0]), "t": np.ones(4)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(cp.DivergenceError, match="gradient of w is nan at") as told:
            cp.train(
                root, {"w": 1.5}, data, epochs=3, batch_size=batch_size,
                shuffle=False, engine=engine, record=["w"],
            )  # fmt: skip
    run = told.value.run
    before = 0 if batch_size is None else 1
    assert len(run.history["loss"]) == before + 1 and "learning_rate" not in str(told)
    assert run.params["w"] == run.history["w"][-1]
    assert (run.params["w"] == 1.5) == (before == 0)


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_a_step_with_such_a_gradient_is_not_made(engine):
    available(engine)
    step = cp.stepper(root, {"w": 1.5}, learning_rate=0.1, engine=engine)
    step(np.array([3.0, 2.0]), np.ones(2))
    before = step.params["w"]
    with pytest.raises(cp.DivergenceError, match="a gradient of this step is not fin"):
        step(np.array([3.0, 0.0]), np.ones(2))
    assert step.params["w"] == before and step.steps == 1
    assert step(np.array([3.0, 2.0]), np.ones(2)) > 0


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
@pytest.mark.parametrize("width", [1, 200])  # as straight lines, and as loops
@pytest.mark.parametrize("engine", ["numpy", "native", "jax"])
def test_nor_where_it_is_found_after_a_weight_has_moved(engine, width, optimizer):
    available(engine)

    def net(w2, w1, x):
        return np.sum(w1 / w2) * x

    start = {"w2": np.full(width, 0.5), "w1": np.full(width, -0.25)}
    with pytest.raises(cp.DivergenceError, match="gradient is not finite at") as told:
        cp.train(
            net, start, {"x": 1.0}, learning_rate=0.5, steps=2, engine=engine,
            update="sequential", optimizer=optimizer,
        )  # fmt: skip
    for name, value in start.items():
        assert (told.value.run.params[name] == value).all()


@pytest.mark.parametrize("engine", ["native", "jax"])
def test_a_size_that_a_batch_breaks_is_said_in_the_user_s_names(engine):
    available(engine)

    def own_offsets(x, t, W, b):
        return np.mean((x @ W + b - t) ** 2)

    start = {**START, "b": np.zeros((16, 1))}
    words = r"where x\.shape\[0\] == b\.shape\[0\], which a batch of 8 rows breaks"
    with pytest.raises(cp.ClearpropError, match=words):
        cp.train(
            own_offsets, start, data(), batch_size=16, per_example=False, engine=engine
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ["numpy", "native", "jax"])
def test_clip_norm_of_a_gradient_whose_square_is_too_large(engine, dtype):
    available(engine)

    def forward(x, w, v):
        return np.sum(x * w) + np.sum(v)

    x = np.array([3e20, 4e20], dtype)
    start = {"w": np.zeros(2, dtype), "v": np.zeros(1, dtype)}
    run = cp.train(
        forward, start, {"x": x}, steps=1, learning_rate=1.0, clip_norm=5.0,
        engine=engine,
    )  # fmt: skip
    np.testing.assert_allclose(run.params["w"], [-3, -4], rtol=1e-6)
    assert run.params["w"].dtype == dtype
