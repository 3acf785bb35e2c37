"""The JAX engine makes the steps that NumPy makes, and refuses what it can't."""

import sys

import numpy as np
import pytest
from training.native.networks import network, pairwise
from training.native.plans import plan_of, shuffled

import clearprop as cp
from clearprop.training.engines import engine_for
from clearprop.training.numpy_engine import NumPyEngine
from clearprop.training.rules import FORMULAS

jax = pytest.importorskip("jax", reason="JAX is not installed")

from clearprop.training import jax_engine  # noqa: E402
from clearprop.training.jax_engine import JaxEngine  # noqa: E402

# The same formulas in float64, sums in another order, over some fifty steps.
EXACT = {"rtol": 1e-9, "atol": 1e-11}
# float32 rounds at 6e-8, and each step enlarges what the ones before it rounded.
CLOSE = {"rtol": 2e-4, "atol": 2e-5}


def same(one, other, **close):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert np.asarray(value).dtype == np.asarray(other[name]).dtype, name
        np.testing.assert_allclose(value, other[name], err_msg=name, **close)


# --- Engines agree --------------------------------------------------------------------

# What is compiled takes a second each: some of each kind. Every activation and loss is
# made of operations that the table of spellings is tested with.
AXES = (
    ("dense", "normalised", "columns_of_examples", "residual"),
    tuple(FORMULAS),
    ("tanh", "relu", "gelu", "elu"),
    ("squared", "softmax_labels", "cross_entropy", "hinge"),
)


@pytest.mark.parametrize("case", pairwise(AXES), ids="-".join)
@pytest.mark.filterwarnings("ignore::clearprop.errors.ClearpropWarning")
def test_weights_after_50_steps_are_numpy_s(case):
    name, rule, activation, loss = case
    forward, params, data = network(name, activation, loss, "float64")
    plan = plan_of(forward, params, data, rule, batch_size=8, per_example=False)
    batches, rates = shuffled(plan, 50), np.full(50, 0.02)
    ours, numpys = JaxEngine(plan), NumPyEngine(plan)
    found, expected = ours.run(batches, rates), numpys.run(batches, rates)
    np.testing.assert_allclose(found.losses, expected.losses, **EXACT)
    same(ours.state(), numpys.state(), **EXACT)


@pytest.mark.parametrize("rule", ["momentum", "adam"])
def test_float32_stays_float32(rule):
    forward, params, data = network("dense", "tanh", "log_softmax_labels", "float32")
    plan = plan_of(forward, params, data, rule, batch_size=8, clip_norm=0.5)
    batches, rates = shuffled(plan, 10), np.full(10, 0.02)
    ours, numpys = JaxEngine(plan), NumPyEngine(plan)
    found, expected = ours.run(batches, rates), numpys.run(batches, rates)
    np.testing.assert_allclose(found.losses, expected.losses, **CLOSE)
    same(ours.state(), numpys.state(), **CLOSE)


# --- cp.train -------------------------------------------------------------------------


def both(network, params, data, **options):
    runs = [cp.train(network, params, data, engine=e, **options) for e in ENGINES]
    assert runs[0].engine == "jax" and runs[1].engine == "numpy"
    return runs


ENGINES = ("jax", "numpy")


def linear(x, t, W, b):
    error = x @ W + b - t
    return np.mean(error**2)


def one_row(x, t, W, b):
    out = W @ x + b
    return (out - t) ** 2


def lines(rows=21):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 3))
    return {"x": x, "t": x @ np.array([[1.0], [-2.0], [0.5]]) + 0.3}


START = {"W": np.zeros((3, 1)), "b": np.zeros(1)}


def test_batches_the_last_one_smaller_and_what_is_recorded():
    options = dict(
        batch_size=8, epochs=5, optimizer="nesterov", l2=0.01, clip_value=0.4,
        record=["W", "error", "dW", "loss"],
    )  # fmt: skip
    ours, numpys = both(linear, START, lines(), **options)
    same(ours.params, numpys.params, **EXACT)
    for name in ("W", "error", "dW", "loss"):
        for a, b in zip(ours.history[name], numpys.history[name], strict=True):
            np.testing.assert_allclose(a, b, **EXACT)


def test_a_full_batch_in_parts_of_any_length():
    """More lengths than are compiled as they come."""
    parts = (4, 5, 3, 7, 2)
    plan = plan_of(linear, START, lines(), "adam")
    ours, numpys = JaxEngine(plan), NumPyEngine(plan)
    for count in parts:
        rates = np.full(count, 0.1)
        found = ours.run(None, rates).losses
        np.testing.assert_allclose(found, numpys.run(None, rates).losses, **EXACT)
    same(ours.state(), numpys.state(), **EXACT)
    assert ours.run(None, np.zeros(0)).losses.shape == (0,)


def test_a_forward_pass_for_one_example():
    data = {k: v[:, 0] if k == "t" else v for k, v in lines().items()}
    start = {"W": np.zeros(3), "b": 0.5}
    options = dict(batch_size=8, epochs=3, record=["out", "b"], learning_rate=0.1)
    ours, numpys = both(one_row, start, data, **options)
    same(ours.params, numpys.params, **EXACT)
    assert type(ours.params["b"]) is type(numpys.params["b"])
    for name in ("out", "b"):
        for a, b in zip(ours.history[name], numpys.history[name], strict=True):
            np.testing.assert_allclose(a, b, **EXACT)


def test_sequential_updates():
    def chain(w2, w1, w0, s0, target):
        s1 = np.tanh(w0 * s0)
        out = w2 * np.tanh(w1 * s1)
        return 0.5 * (out - target) ** 2

    options = dict(
        learning_rate=0.1, steps=50, update="sequential", l2={"w1": 0.01},
        record=["w2", "w1", "w0", "out"], clip_value=0.05, optimizer="momentum",
    )  # fmt: skip
    start, fixed = {"w2": 0.5, "w1": 1, "w0": 2}, {"s0": 2, "target": 0.7}
    ours, numpys = both(chain, start, fixed, **options)
    same(ours.params, numpys.params, **EXACT)
    for name in ("w2", "w1", "w0", "out"):
        np.testing.assert_allclose(ours.history[name], numpys.history[name], **EXACT)


def test_stepper():
    runs = []
    for engine in ENGINES:
        step = cp.stepper(linear, START, learning_rate=0.1, engine=engine)
        x, t = np.ones((2, 3)), np.ones((2, 1))
        losses = [step(x, t)]
        x *= 2  # the same array, other numbers
        losses += [step(x, t), step(3 * x, t)]
        runs.append(losses)
    np.testing.assert_allclose(*runs, **EXACT)


def test_rows_are_read_from_a_file_as_they_are_needed(tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", lines()["x"])
    mapped = {**lines(), "x": np.load(tmp_path / "x.npy", mmap_mode="r")}
    # two batches of eight rows of three float64 at once
    monkeypatch.setattr(jax_engine, "_BYTES_AHEAD", 2 * 8 * 3 * 8)
    plan = plan_of(linear, START, mapped, "momentum", batch_size=8)
    batches, rates = shuffled(plan, 7), np.full(7, 0.1)
    ours = JaxEngine(plan)
    taken = ours.run(batches, rates)
    assert ours._placed is not None and set(ours._placed) == {1}
    expected = NumPyEngine(plan_of(linear, START, lines(), "momentum", batch_size=8))
    np.testing.assert_allclose(taken.losses, expected.run(batches, rates).losses)
    same(ours.state(), expected.state(), **EXACT)


# --- Where it ends, and goes on -------------------------------------------------------


def test_it_stops_at_the_first_loss_that_is_not_finite():
    def steep(x, w):
        return np.mean(np.exp(w * x))

    plan = plan_of(steep, {"w": np.array([0.1])}, {"x": np.ones(3)}, "momentum")
    rates = np.array([0.1, 0.1, -1e4, 0.1, 0.1])  # the third step leaps
    ours, numpys = JaxEngine(plan), NumPyEngine(plan)
    found, expected = ours.run(None, rates), numpys.run(None, rates)
    assert len(found.losses) == len(expected.losses) == 4
    assert found.losses[-1] == expected.losses[-1] == np.inf
    same(ours.state(), numpys.state(), **EXACT)
    assert ours.state()["step"] == 3


@pytest.mark.parametrize(
    "first, then", [(JaxEngine, NumPyEngine), (NumPyEngine, JaxEngine)]
)
def test_another_engine_goes_on_from_its_state(first, then):
    plan = plan_of(linear, START, lines(), "adam", batch_size=8)
    batches, rates = shuffled(plan, 10), np.full(10, 0.1)
    begin, end, whole = first(plan), then(plan), NumPyEngine(plan)
    begin.run(batches[:5], rates[:5])
    kept = begin.state()
    end.restore(kept)
    end.run(batches[5:], rates[5:])
    whole.run(batches, rates)
    same(end.state(), whole.state(), **EXACT)
    same(kept, begin.state(), rtol=0)  # a state is a copy


def test_a_training_cut_in_two_is_the_same_bit_for_bit():
    plan = plan_of(linear, START, lines(), "adam", batch_size=8)
    batches, rates = shuffled(plan, 5), np.full(5, 0.1)
    whole, first, second = JaxEngine(plan), JaxEngine(plan), JaxEngine(plan)
    whole.run(batches, rates)
    first.run(batches[:1], rates[:1])
    second.restore(first.state())
    second.run(batches[1:], rates[1:])
    same(second.state(), whole.state(), rtol=0)


def test_whole_numbers_of_the_data_are_computed_with():
    """The trace knows 3 as a size; here it is a number that may change."""

    def scaled(x, t, n, W, b):
        return np.mean((2 * n * (x @ W) + b - t) ** 2) / (n + len(x))

    step = cp.stepper(scaled, START, learning_rate=0.1, engine="jax")
    other = cp.stepper(scaled, START, learning_rate=0.1, engine="numpy")
    for n in (3, 4):
        np.testing.assert_allclose(step(**lines(), n=n), other(**lines(), n=n), **EXACT)


def test_a_label_outside_of_the_classes_is_said_and_moves_nothing():
    forward, params, data = network("dense", "tanh", "softmax_labels", "float64")
    plan = plan_of(forward, params, data, batch_size=8)
    batches, rates = np.arange(24).reshape(3, 8), np.full(3, 0.1)
    expected = NumPyEngine(plan)
    expected.run(batches[:1], rates[:1])
    engine = JaxEngine(plan)
    engine.inputs[1] = np.where(np.arange(24) == 11, 3, data["t"])
    with pytest.raises(cp.ClearpropError, match="t holds a number outside of the 3"):
        engine.run(batches, rates)
    same(engine.state(), expected.state(), **EXACT)


# --- What it leaves alone -------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_labels_of_a_small_dtype(dtype):
    """-200 is none of uint8's numbers, and 200 none of int8's."""

    def embedded(label, t, table, W):
        return np.mean((table[label] @ W - t) ** 2)

    rng = np.random.default_rng(0)
    params = {"table": rng.normal(size=(200, 3)), "W": np.ones(3)}
    data = {"label": rng.integers(0, 128, 40).astype(dtype), "t": rng.normal(size=40)}
    options = dict(epochs=2, batch_size=8, learning_rate=0.1)
    ours = cp.train(embedded, params, data, engine="jax", **options)
    plain = cp.train(embedded, params, data, engine="numpy", **options)
    same(ours.params, plain.params, **EXACT)


def test_the_user_s_own_settings_of_jax_stay():
    before = jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision
    cp.train(linear, START, lines(), steps=1, engine="jax")
    after = jax.config.jax_enable_x64, jax.config.jax_default_matmul_precision
    assert after == before
    assert jax.numpy.ones(1).dtype == np.float32


def draws(x, t, W, b):
    return np.mean((x * np.random.rand(3) @ W + b - t) ** 2)  # noqa: NPY002


def masked(x, t, W, b):
    error = x @ W + b - t
    return np.mean(error[t > 0] ** 2)


def branch(x, t, W, b):
    return np.mean((x @ W + b - t) ** 2) if W[0, 0] < 5 else np.mean(W)


@pytest.mark.parametrize(
    "forward, why",
    [(draws, "random"), (masked, "mask"), (branch, "depends on the parameters")],
)
def test_what_it_cannot_is_said_with_the_line(forward, why):
    plan = plan_of(forward, START, lines())
    with pytest.raises(cp.ClearpropError, match=f"'jax' can't train this: .*{why}"):
        engine_for(plan, "jax")


def test_without_jax_there_is_a_remedy(monkeypatch):
    for name in list(sys.modules):
        if name.startswith("clearprop.training.jax_"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(cp.ClearpropError, match=r'pip install "clearprop\[jax\]"'):
        cp.train(linear, START, lines(), steps=1, engine="jax")
