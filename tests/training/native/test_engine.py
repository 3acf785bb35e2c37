"""What the native engine promises beside the numbers: stopping, records, states."""

from __future__ import annotations

import numpy as np
import pytest
from training.native.networks import network
from training.native.plans import plan_of, reference, shuffled

from clearprop.errors import ClearpropError
from clearprop.training.native import gathered
from clearprop.training.native.engine import NativeEngine, start_compiling
from clearprop.training.numpy_engine import NumPyEngine


def classifier(rule="sgd", rows=24, **more):
    forward, params, data = network(
        "dense", "tanh", "log_softmax_labels", "float64", rows
    )
    more = {"batch_size": 8, "per_example": False, **more}
    return plan_of(forward, params, data, rule, **more)


def same_steps(plan, batches, rates, rtol=1e-10) -> None:
    engine, right = NativeEngine(plan), NumPyEngine(plan)
    found, wanted = engine.run(batches, rates), right.run(batches, rates)
    np.testing.assert_allclose(found.losses, wanted.losses, rtol=rtol)
    assert found.records.keys() == wanted.records.keys()
    for name, values in wanted.records.items():
        assert found.records[name].shape == values.shape
        assert found.records[name].dtype == values.dtype
        np.testing.assert_allclose(found.records[name], values, rtol=rtol, atol=1e-12)
    for key, value in right.state().items():
        np.testing.assert_allclose(
            engine.state()[key], value, rtol=rtol, atol=1e-12, err_msg=key
        )


def test_records_of_weights_values_and_gradients() -> None:
    forward, params, data = network("dense", "relu", "squared", "float32")

    def named(x, t, W1, b1, W2, b2):
        h = np.maximum(x @ W1 + b1, 0)
        out = h @ W2 + b2
        return np.mean((out - t) ** 2)

    plan = plan_of(
        named, params, data, "adam", batch_size=8, record=["W2", "h", "out", "dW1"]
    )
    batches = shuffled(plan, 5)
    # float32 sums in another order
    same_steps(plan, batches, np.full(5, 0.01), rtol=1e-4)


def test_the_last_batch_may_be_smaller() -> None:
    plan = classifier("momentum", rows=21)
    engine, right = NativeEngine(plan), NumPyEngine(plan)
    order = np.random.default_rng(0).permutation(21)
    for one in (engine, right):
        for _ in range(3):
            one.run(order[:16].reshape(2, 8), np.full(2, 0.1))
            one.run(order[16:].reshape(1, 5), np.full(1, 0.1))
    assert engine.state()["step"] == 9
    for key, value in right.state().items():
        np.testing.assert_allclose(engine.state()[key], value, rtol=1e-10, atol=1e-13)


def test_clipping_by_norm_and_by_value_and_l2() -> None:
    plan = classifier(l2=0.1, clip_norm=0.2)
    same_steps(plan, shuffled(plan, 20), np.full(20, 0.3))
    plan = classifier(l2=0.1, clip_value=0.01)
    same_steps(plan, shuffled(plan, 20), np.full(20, 0.3))


def test_a_full_batch_is_taken_whole() -> None:
    plan = classifier("nesterov", batch_size=None)
    same_steps(plan, None, np.full(30, 0.3))


def test_a_learning_rate_for_each_step() -> None:
    plan = classifier()
    same_steps(plan, shuffled(plan, 20), np.linspace(0.5, 0.01, 20))


@pytest.mark.parametrize("batch_size", [1, 6, None])
def test_a_forward_pass_for_one_example(batch_size) -> None:
    forward, params, data = network("dense", "sigmoid", "squared", "float64")

    def one(x, t, W1, b1, W2, b2):
        h = 1 / (1 + np.exp(-(x @ W1 + b1)))
        out = h @ W2 + b2
        return np.sum((out - t) ** 2)

    plan = plan_of(
        one, params, data, "rmsprop", batch_size=batch_size, per_example=True,
        record=["out", "b2"],
    )  # fmt: skip
    assert plan.per_example
    batches = None if batch_size is None else shuffled(plan, 10)
    same_steps(plan, batches, np.full(10, 0.05))


def test_labels_of_a_single_example() -> None:
    def one(x, t, W):
        s = x @ W
        s = s - s.max()
        return -s[t] + np.log(np.sum(np.exp(s)))

    rng = np.random.default_rng(0)
    data = {"x": rng.normal(size=(12, 4)), "t": rng.integers(0, 3, 12)}
    plan = plan_of(one, {"W": rng.normal(size=(4, 3))}, data, batch_size=5)
    assert plan.per_example
    same_steps(plan, shuffled(plan, 10), np.full(10, 0.3))


@pytest.mark.parametrize("rule", ["sgd", "adam"])
def test_sequential_updates_of_matrices(rule) -> None:
    forward, params, data = network("dense", "tanh", "squared", "float64")
    plan = plan_of(
        forward, params, data, rule, batch_size=8, sequential=True, clip_value=0.1
    )
    assert plan.current
    same_steps(plan, shuffled(plan, 20), np.full(20, 0.1))


def test_a_chunk_more_or_less_makes_no_difference() -> None:
    plan = classifier("adam")
    batches, rates = shuffled(plan, 12), np.full(12, 0.02)
    whole, parts, single = (NativeEngine(plan) for _ in range(3))
    whole.run(batches, rates)
    for k in range(0, 12, 4):
        parts.run(batches[k : k + 4], rates[k : k + 4])
    for k in range(12):
        again = NativeEngine(plan)
        again.restore(single.state())
        again.run(batches[k : k + 1], rates[k : k + 1])
        single = again
    for key, value in whole.state().items():
        assert np.array_equal(parts.state()[key], value)
        assert np.array_equal(single.state()[key], value)


def test_a_state_of_numpy_s_engine_goes_on_here() -> None:
    plan = classifier("adamw")
    batches, rates = shuffled(plan, 10), np.full(10, 0.02)
    first, second = NumPyEngine(plan), NativeEngine(plan)
    first.run(batches[:5], rates[:5])
    second.restore(first.state())
    second.run(batches[5:], rates[5:])
    weights = reference(plan, batches, rates)[1]
    for i, parameter in enumerate(plan.parameters):
        np.testing.assert_allclose(
            second.state()[str(i)], weights[parameter.label], rtol=1e-9, atol=1e-12
        )


def bowl(w, x):
    return np.sum((w * x) ** 2)


@pytest.mark.parametrize("size", [2, 500])  # straight lines, and loops
def test_it_stops_where_the_loss_is_not_finite(size) -> None:
    plan = plan_of(
        bowl, {"w": np.ones(size)}, {"x": np.ones(size)}, record=["w"],
        per_example=False,
    )  # fmt: skip
    engine = NativeEngine(plan)
    found = engine.run(None, np.full(500, 1e4))
    made = len(found.losses)
    assert 1 < made < 100
    assert np.isfinite(found.losses[:-1]).all()
    assert not np.isfinite(found.losses[-1])
    # the last step's update was not made
    assert engine.state()["step"] == made - 1
    assert len(found.records["w"]) == made
    assert np.array_equal(found.records["w"][-1], found.records["w"][-2])
    assert np.array_equal(engine.state()["0"], found.records["w"][-1])


@pytest.mark.parametrize("size", [2, 500])
def test_it_stops_where_a_gradient_is_not_finite(size) -> None:
    def forward(w):
        return np.sum(np.sqrt(w * w))

    plan = plan_of(forward, {"w": np.ones(size)}, {})
    engine = NativeEngine(plan)
    found = engine.run(None, np.ones(5))  # to 0, where the slope is 0 / 0
    assert found.losses.tolist() == [size, 0]
    assert engine.state()["0"].tolist() == [0] * size


def test_nan_in_the_data_stops_at_the_step_that_reads_it() -> None:
    forward, params, data = network("dense", "relu", "softmax_labels", "float64")
    plan = plan_of(forward, params, data, batch_size=8, per_example=False)
    data["x"][20] = np.nan
    batches = np.arange(24).reshape(3, 8)
    found = NativeEngine(plan).run(batches, np.full(3, 0.1))
    assert len(found.losses) == 3
    assert np.isnan(found.losses).tolist() == [False, False, True]


def test_labels_outside_are_refused_before_the_first_step() -> None:
    forward, params, data = network("dense", "relu", "softmax_labels", "float64")
    plan = plan_of(forward, params, data, batch_size=8, per_example=False)
    data["t"][20] = 3
    with pytest.raises(ClearpropError, match=r"t holds 3.*labels are 0 to 2"):
        NativeEngine(plan)


def test_labels_computed_from_the_data_are_checked_as_they_are_read() -> None:
    def forward(x, t, W):
        s = x @ W
        return -np.mean(s[np.arange(len(x)), t.astype(int)])

    rng = np.random.default_rng(0)
    data = {"x": rng.normal(size=(12, 5)), "t": rng.integers(0, 3, 12) * 1.0}
    plan = plan_of(forward, {"W": rng.normal(size=(5, 3))}, data, batch_size=4)
    same_steps(plan, shuffled(plan, 5), np.full(5, 0.1))
    data["t"][7] = 3.0
    with pytest.raises(ClearpropError, match="index lies outside"):
        NativeEngine(plan).run(np.arange(12).reshape(3, 4), np.full(3, 0.1))


def test_rows_outside_are_refused() -> None:
    engine = NativeEngine(classifier())
    with pytest.raises(IndexError):
        engine.run(np.full((1, 8), 24), np.ones(1))
    with pytest.raises(ValueError, match="batches"):
        engine.run(np.zeros((2, 8), int), np.ones(1))


def test_compiling_in_the_background() -> None:
    plan = classifier()
    compiling = start_compiling(plan)
    engine = compiling.engine()
    assert compiling.ready()
    batches, rates = shuffled(plan, 5), np.full(5, 0.1)
    losses = engine.run(batches, rates).losses
    np.testing.assert_allclose(losses, reference(plan, batches, rates)[0], rtol=1e-10)


def test_memory_mapped_data_are_read_where_they_lie(tmp_path) -> None:
    forward, params, data = network("dense", "tanh", "squared", "float64")
    np.save(tmp_path / "x.npy", data["x"])
    data["x"] = np.load(tmp_path / "x.npy", mmap_mode="r")
    plan = plan_of(forward, params, data, batch_size=8, per_example=False)
    engine = NativeEngine(plan)
    assert any(np.shares_memory(kept, data["x"]) for kept in engine.inputs)
    same_steps(plan, shuffled(plan, 5), np.full(5, 0.1))


@pytest.mark.parametrize("targets", ["squared", "softmax_labels"])
@pytest.mark.parametrize("per_example", [False, True])
@pytest.mark.parametrize("steps", [1, 3, 100])
def test_a_file_that_holds_the_targets_too_stays_in_its_file(
    tmp_path, monkeypatch, targets, per_example, steps
) -> None:
    """Its rows are gathered for some steps at a time: 8 rows of 5 + 3 numbers."""
    monkeypatch.setattr(gathered, "_BYTES", steps * 8 * (5 + 3) * 8)
    forward, params, data = network("dense", "tanh", targets, "float64")
    of_rows = forward

    def of_one(x, t, W1, b1, W2, b2):
        return of_rows(x[None], np.array(t)[None], W1, b1, W2, b2)

    forward = of_one if per_example else of_rows
    np.save(tmp_path / "x.npy", np.c_[data["x"], data["x"][:, :1]])
    data["x"] = np.load(tmp_path / "x.npy", mmap_mode="r")[:, :5]
    plan = plan_of(
        forward, params, data, "adam", batch_size=8, per_example=per_example,
        record=["W1", "dW2"],
    )  # fmt: skip
    assert [len(x) for x in NativeEngine(plan).inputs] == [1, 24]
    same_steps(plan, shuffled(plan, 7), np.linspace(0.1, 0.01, 7))


def test_rows_that_are_gathered_are_looked_at(tmp_path) -> None:
    forward, params, data = network("dense", "tanh", "softmax_labels", "float64")
    np.save(tmp_path / "x.npy", np.c_[data["x"], data["t"]])
    table = np.load(tmp_path / "x.npy", mmap_mode="r")
    plan = plan_of(
        forward, params, {**data, "x": table[:, :5]}, batch_size=8, per_example=False
    )
    with pytest.raises(IndexError, match="rows outside 0 to 23"):
        NativeEngine(plan).run(np.array([[0, 24]]), np.array([0.1]))
    strange = np.where(np.arange(24) == 9, 3, data["t"])
    data = {"x": table[:, :5], "t": strange}
    plan = plan_of(forward, params, data, batch_size=8, per_example=False)
    with pytest.raises(ClearpropError, match="t holds 3"):
        NativeEngine(plan)


def test_a_loss_that_is_not_finite_ends_it_where_rows_are_gathered(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(gathered, "_BYTES", 1)
    forward, params, data = network("dense", "tanh", "squared", "float64")
    data["x"][10] = np.nan
    np.save(tmp_path / "x.npy", np.c_[data["x"], data["x"]])
    data["x"] = np.load(tmp_path / "x.npy", mmap_mode="r")[:, :5]
    plan = plan_of(forward, params, data, batch_size=8, per_example=False)
    same_steps(plan, np.arange(24).reshape(3, 8), np.full(3, 0.1))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("sizes", [(64, 32, 10), (33, 47, 17), (19, 130, 3)])
def test_products_that_are_tiled(sizes, dtype) -> None:
    """Widths that are, and aren't, multiples of a vector's."""
    rows, hidden, out = sizes
    rng = np.random.default_rng(0)

    def forward(x, t, W1, W2):
        return np.mean((np.tanh(x @ W1) @ W2 - t) ** 2)

    shapes = {"W1": (rows, hidden), "W2": (hidden, out)}
    params = {k: (0.1 * rng.normal(size=s)).astype(dtype) for k, s in shapes.items()}
    data = {
        "x": rng.normal(size=(40, rows)).astype(dtype),
        "t": rng.normal(size=(40, out)).astype(dtype),
    }
    plan = plan_of(forward, params, data, batch_size=21, per_example=False)
    # float32 sums of up to 130 terms in another order
    rtol = 1e-10 if dtype == "float64" else 2e-3
    same_steps(plan, shuffled(plan, 10), np.full(10, 0.1), rtol)
