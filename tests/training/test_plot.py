"""Pictures of a training: that they show what was recorded."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.training.observing import remarks

pytest.importorskip("matplotlib", reason="the extra 'plot' isn't installed")


def chain(w1, w0, x, goal):
    h = np.tanh(w0 * x)
    out = w1 * h
    return 0.5 * (out - goal) ** 2


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_trajectories_have_the_target_as_a_line():
    run = cp.train(
        chain, {"w1": 1.0, "w0": 0.5}, {"x": 2.0, "goal": 0.3}, learning_rate=0.1,
        steps=50, record=["w1", "out"],
    )  # fmt: skip
    loss, trajectories, layers = run.plot().axes
    assert run.targets == {"goal": 0.3}
    drawn = lines(trajectories)
    assert set(drawn) == {"w1", "out", "goal"}
    assert np.allclose(drawn["out"].get_ydata(), run.history["out"])
    assert set(drawn["goal"].get_ydata()) == {0.3}
    assert np.allclose(lines(loss)["training"].get_ydata(), run.history["loss"])
    assert {"‖dw1‖", "‖dw0‖"} <= set(lines(layers))


def test_steps_are_whole_numbers():
    run = cp.train(
        chain, {"w1": 1.0, "w0": 0.5}, {"x": 2.0, "goal": 0.3}, steps=1, record=["out"]
    )
    for ax in run.plot().axes:
        ticks = ax.get_xticks()
        assert np.array_equal(ticks, np.round(ticks))


def test_batches_and_held_out_rows_have_their_own_lines():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(60, 3)), rng.normal(size=(60, 1))

    def forward(x, t, W):
        return np.mean((x @ W - t) ** 2)

    run = cp.train(
        forward, {"W": np.zeros((3, 1))}, (x, t), batch_size=10, epochs=4,
        validation=0.25, record=["W"],
    )  # fmt: skip
    loss, trajectories, _ = run.plot().axes
    drawn = lines(loss)
    assert set(drawn) == {"each batch", "training", "held-out rows"}
    assert len(drawn["held-out rows"].get_ydata()) == 4
    norms = np.linalg.norm(run.history["W"].reshape(len(run.history["W"]), -1), axis=1)
    assert np.allclose(lines(trajectories)["‖W‖"].get_ydata(), norms)


def deep(activation, scale, layers=8):
    """A deep network of squares of 10 units, trained for a few steps."""
    rng = np.random.default_rng(0)

    def forward(x, t, weights):
        h = x
        for W in weights:
            h = activation(h @ W)
        return np.mean((h - t) ** 2)

    weights = [scale * rng.normal(size=(10, 10)) for _ in range(layers)]
    data = {"x": rng.normal(size=(20, 10)), "t": rng.normal(size=(20, 10))}
    return cp.train(forward, {"weights": weights}, data, learning_rate=1e-15, steps=3)


@pytest.mark.parametrize(
    ("activation", "scale", "word"),
    [
        (lambda z: 1 / (1 + np.exp(-z)), 0.3, "vanishes"),
        (lambda z: z, 3.0, "explodes"),
        (lambda z: np.maximum(z, 0) * 0, 1.0, "no gradient"),
        (lambda z: np.maximum(z, 0), np.sqrt(2 / 10), None),  # He et al. (2015)
    ],
)
def test_sick_layers_are_told_in_words(activation, scale, word):
    said = deep(activation, scale).remarks
    assert bool(said) == bool(word)
    assert all(word in sentence for sentence in said)


def test_weights_that_all_begin_at_zero_are_told_of():
    *others, last = deep(np.tanh, 0.0, layers=2).remarks
    assert others and last.startswith("All weights begin at 0")
    assert not any("begin at 0" in said for said in deep(np.tanh, 0.5).remarks)


def test_remarks_need_no_arrays_with_two_axes():
    history = {"gradient_norm": {"w": np.ones(2)}, "weight_norm": {"w": np.ones(2)}}
    assert remarks(history, {"w": ()}) == []
