"""Targets (N,) beside outputs (N, 1) are told of; what means all pairs is not."""

import warnings

import numpy as np
import pytest

import clearprop as cp

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
T = X @ [1.0, -1.0, 0.5]


def squared(x, t, w):
    out = x @ w
    return np.mean((out - t) ** 2)


def cross_entropy(x, t, w):
    p = 1 / (1 + np.exp(-(x @ w)))
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))


def for_each_row(x, t, w):
    return np.sum((x @ w - t) ** 2, axis=1)


SAID = (
    r"line \d+: {} has the shape \({}\) and t \({}\), which together give "
    r"\(300, 300\): every row's output beside all rows' targets\. Write t\.reshape"
    r"\({}\)$"
)
WIDE = ("300, 1", "300,", "-1, 1")
FLAT = ("300,", "300, 1", "-1")


@pytest.mark.parametrize("column", [True, False], ids=["outputs", "targets"])
@pytest.mark.parametrize(
    ("forward", "name"),
    [(squared, "out"), (cross_entropy, "the output"), (for_each_row, "the output")],
)
def test_a_full_batch_is_told_of(forward, name, column):
    w, t = (np.zeros((3, 1)), T) if column else (np.zeros(3), T[:, None])
    said = SAID.format(name, *(WIDE if column else FLAT))
    with pytest.warns(cp.ClearpropWarning, match=said):
        cp.train(forward, {"w": w}, {"x": X, "t": t > 0}, steps=1, engine="numpy")


@pytest.mark.parametrize("column", [True, False], ids=["outputs", "targets"])
def test_batches_are_refused(column):
    w, t = (np.ones((3, 1)), T) if column else (np.ones(3), T[:, None])
    said = SAID.format("out", *(WIDE if column else FLAT))
    with pytest.raises(cp.ClearpropError, match=said):
        cp.train(squared, {"w": w}, {"x": X, "t": t}, steps=1, batch_size=50)


def test_a_step_at_a_call_is_told_of():
    step = cp.stepper(squared, {"w": np.zeros((3, 1))}, learning_rate=0.1)
    with pytest.warns(cp.ClearpropWarning, match="Write t.reshape"):
        step(X, T)


def test_what_is_written_there_mends_it():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for t, w in ((T.reshape(-1, 1), np.zeros((3, 1))), (T, np.zeros(3))):
            run = cp.train(squared, {"w": w}, {"x": X, "t": t}, learning_rate=0.3)
            assert run.loss < 1e-9


def centers(x, t, c, v):
    """As many centers as rows: they stand beside them on purpose."""
    return np.mean((np.exp(-((x[:, :1] - c) ** 2)) @ v - t) ** 2)


def pairs(x, t, w):
    """Every two rows in their order (Burges et al. 2005)."""
    s = x @ w
    s_above, t_above = s[:, None] - s, t[:, None] > t
    return np.mean(t_above * np.log1p(np.exp(-s_above)))


def kernel(x, t, alpha):
    x = x[:, :1]
    return np.mean((np.exp(-((x - x[:, 0]) ** 2)) @ alpha - t) ** 2)


@pytest.mark.parametrize(
    ("forward", "names"), [(centers, "cv"), (pairs, "w"), (kernel, ["alpha"])]
)
def test_all_pairs_that_are_meant(forward, names):
    rows = 3 if forward is pairs else 12  # w has as many entries as columns
    params = {name: RNG.normal(size=3 if name == "w" else rows) for name in names}
    data = {"x": X[:rows], "t": T[:rows]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cp.train(forward, params, data, steps=2, learning_rate=0.01, engine="numpy")
