# ruff: noqa: NPY002 (forward passes use the old random numbers)
"""Tracing one function: its arguments, what it captures, its loss, and what is left."""

import copy
import random
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

from clearprop.errors import ClearpropError, DeriveError, TraceError
from clearprop.graph import evaluate
from clearprop.trace.function import trace_function

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7]])
W = np.array([0.1, -0.2, 0.3])
CONFIG = {"rate": 0.5, "weights": [np.ones(3), np.array([2.0, 0.0, 1.0])]}
CALLS = 0


def leaf_values(trace):
    return {
        leaf.node: np.asarray(leaf.value)
        if isinstance(leaf.value, list)
        else leaf.value
        for leaf in trace.leaves
    }


def check(function, *args, **kwargs):
    """The graph and the replay give what Python gives, here and a little away."""
    expected = function(*copy.deepcopy(args), **kwargs)
    trace = trace_function(function, args, kwargs)
    expected = expected[0] if isinstance(expected, tuple) else expected
    values = leaf_values(trace)
    np.testing.assert_allclose(evaluate([trace.loss], values)[0], expected)
    np.testing.assert_allclose(trace.rerun(values), expected)
    moved = {n: v * 1.01 if n.is_float else v for n, v in values.items()}
    np.testing.assert_allclose(trace.rerun(moved), evaluate([trace.loss], moved)[0])
    return trace


def labels(trace):
    return [leaf.label for leaf in trace.leaves]


# --- arguments ------------------------------------------------------------------------


@dataclass
class Layer:
    W: np.ndarray
    b: float
    name: str = "dense"


class Batch(NamedTuple):
    x: np.ndarray
    t: np.ndarray


def test_arguments_are_flattened():
    def forward(batch, layers, params, *more, scale=2.0, **options):
        h = batch.x
        for layer in layers:
            h = np.tanh(h @ layer.W + layer.b)
        h = h * params["gain"]["g"] + more[0]
        return scale * np.sum((h - batch.t) ** 2) + options["extra"]

    trace = check(
        forward,
        Batch(X, np.zeros((2, 3))),
        [Layer(np.eye(3), 0.1), Layer(np.ones((3, 3)), -0.2)],
        {"gain": {"g": np.ones(3)}},
        0.5,
        extra=1.5,
    )
    assert labels(trace) == [
        "batch[0]", "batch[1]", "layers[0].W", "layers[0].b", "layers[1].W",
        "layers[1].b", "params['gain']['g']", "more[0]", "scale", "options['extra']",
    ]  # fmt: skip
    assert trace.statics["layers[0].name"] == "dense"
    assert trace.leaves[2].path == ("layers", ("index", 0), ("attr", "W"))
    assert [p.name for p in trace.parameters] == [
        "batch", "layers", "params", "more", "scale", "options",
    ]  # fmt: skip
    assert len({leaf.name for leaf in trace.leaves}) == len(trace.leaves)
    assert not any(leaf.captured for leaf in trace.leaves)


def test_whole_numbers_are_sizes_and_counts():
    def forward(x, steps, width):
        total = 0.0
        for _ in range(steps):
            total = total + np.sum(x[:, :width])
        return total / width

    trace = check(forward, X, 3, 2)
    assert labels(trace) == ["x", "steps", "width"]


def test_options_are_no_leaves():
    def forward(x, kind, flag, function, missing=None):
        assert missing is None
        return function(x) if flag and kind == "sum" else 0.0

    trace = check(forward, X, "sum", True, np.sum)
    assert labels(trace) == ["x"]
    assert trace.statics == {"kind": "sum", "flag": True, "missing": None}


def test_a_list_of_numbers_is_one_leaf_and_still_a_list():
    def forward(x, w):
        assert isinstance(x, list) and type(x) is list and len(x) == 3
        total = np.dot(x, w) + sum(a * b for a, b in zip(x, w))
        x.append(4.0)
        return total + np.sum(np.array(x)) + x[-1] + w[0]

    trace = check(forward, [2, 4, 5], [0.1, 0.2, 0.3])
    assert labels(trace) == ["x", "w"]


def test_rows_of_numbers():
    def forward(rows):
        (a, b), second = rows
        return a * b + np.sum(np.asarray(rows) ** 2) + second[1]

    assert labels(check(forward, [[1.0, 2.0], [3.0, 4.0]])) == ["rows"]


def test_the_same_array_twice_is_two_arguments():
    def forward(a, b):
        return np.sum(a * b)

    trace = trace_function(forward, (W, W))
    a, b = trace.leaves
    assert evaluate([trace.loss], {a.node: W, b.node: 0 * W}) == [0]


def test_arguments_are_not_written_to():
    def forward(x, params):
        x -= x.mean()
        params["w"] *= 2
        params["new"] = x
        return np.sum(x * params["w"]) ** 2

    x, params = X.copy(), {"w": W.copy()}
    trace_function(forward, (x, params))
    assert np.array_equal(x, X) and np.array_equal(params["w"], W)
    assert list(params) == ["w"]


# --- captured -------------------------------------------------------------------------


class Network:
    shared = np.full(3, 0.5)
    count = 0

    def __init__(self):
        self.params = {"W1": np.eye(3), "b1": np.zeros(3)}
        self.layers = [self]
        self.again = self.params["W1"]
        self.rate = 0.1
        self.cache = None

    def hidden(self, x):
        self.cache = np.tanh(x @ self.params["W1"] + self.params["b1"])
        self.params["b1"] += 1.0
        return self.cache

    def loss(self, x):
        self.count += 1
        h = self.layers[0].hidden(x)
        return self.rate * np.sum(h * self.shared) + np.sum(self.again)


def test_an_object_is_captured_and_left_alone():
    net = Network()
    params = net.params
    trace = trace_function(net.loss, (X,))
    assert labels(trace) == [
        "x", "self.params['W1']", "self.params['b1']", "self.shared",
    ]  # fmt: skip
    assert [leaf.name for leaf in trace.leaves] == ["x", "W1", "b1", "shared"]
    assert trace.leaves[1].path == ("self", ("attr", "params"), ("key", "W1"))
    assert trace.leaves[1].value is params["W1"]
    assert trace.statics["self.rate"] == 0.1
    assert net.cache is None and net.count == 0 and net.params is params
    assert np.array_equal(params["b1"], np.zeros(3))
    values = leaf_values(trace)
    expected = Network().loss(X)
    np.testing.assert_allclose(evaluate([trace.loss], values)[0], expected)
    np.testing.assert_allclose(trace.rerun(values), expected)
    assert net.cache is None and np.array_equal(params["b1"], np.zeros(3))


def test_closures_and_globals():
    scale, offset = np.array([1.0, 2.0, 3.0]), 0.25

    def forward(x):
        global CALLS
        CALLS += 1
        h = x * scale + offset
        return np.sum(h * CONFIG["weights"][1] + W) * CONFIG["rate"]

    trace = trace_function(forward, (X,))
    assert CALLS == 0
    assert labels(trace) == ["x", "scale", "CONFIG['weights'][1]", "W"]
    assert trace.statics["offset"] == 0.25
    assert trace.statics["CONFIG['rate']"] == 0.5
    assert type(CONFIG["weights"][1]) is np.ndarray and type(W) is np.ndarray
    assert type(scale) is np.ndarray
    values = leaf_values(trace)
    found = evaluate([trace.loss], values)[0]
    np.testing.assert_allclose(trace.rerun(values), found)
    assert CALLS == 0


def test_names_of_captured_arrays_collide_with_nothing():
    net = Network()

    def forward(x, W1):
        b1 = x * W1
        return np.sum(b1 @ net.params["W1"] + net.params["b1"])

    trace = trace_function(forward, (X, W))
    names = [leaf.name for leaf in trace.leaves]
    assert names[:2] == ["x", "W1"]
    assert len(set(names)) == len(names)
    assert "b1" not in names[2:]


def test_a_local_name_for_a_captured_array_is_its_name():
    net = Network()

    def forward(x):
        W1 = net.params["W1"]
        return np.sum((x @ W1) ** 2)

    assert [leaf.name for leaf in trace_function(forward, (X,)).leaves] == ["x", "W1"]


def test_random_numbers_are_as_if_none_had_been_drawn():
    rng = np.random.default_rng(0)
    generator = np.random.default_rng(0)

    def forward(x, rng):
        noise = np.random.rand(3) + random.random()
        return np.sum(x * noise * rng.normal(size=3))

    np.random.seed(1)
    random.seed(1)
    expected = forward(X, np.random.default_rng(0))
    np.random.seed(1)
    random.seed(1)
    trace = trace_function(forward, (X, rng))
    np.testing.assert_allclose(trace.rerun(leaf_values(trace)), expected)
    np.testing.assert_allclose(forward(X, rng), expected)
    assert rng.normal() == generator.normal(size=4)[3]


def test_rerun_is_muted(capfd):
    def forward(x):
        print("noise")
        np.log(np.zeros(1))
        return np.sum(x)

    with np.errstate(all="ignore"):
        trace = trace_function(forward, (X,))
    capfd.readouterr()
    trace.rerun(leaf_values(trace))
    assert capfd.readouterr() == ("", "")


# --- the loss -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: (np.sum(x), {"cache": x}),
        lambda x: {"loss": np.sum(x), "other": x},
        lambda x: np.sum(x),
        lambda x: np.sum(x, keepdims=True),
        lambda x: float(np.sum(x)),
        lambda x: [np.sum(x)][0].item(),
        np.sum,
    ],
)
def test_what_counts_as_a_loss(forward):
    trace = trace_function(forward, (X,))
    assert trace.loss.shape == ()
    values = {
        leaf.node: leaf.value for leaf in trace.leaves if leaf.label != "keepdims"
    }
    np.testing.assert_allclose(evaluate([trace.loss], values)[0], X.sum())


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (lambda x: x, r"array of shape \(2, 3\).* np\.sum"),
        (lambda x: None, "returns nothing"),
        (lambda x: "loss", "returns a str"),
        (lambda x: {"cost": np.sum(x)}, "without 'loss'"),
        (lambda x: (x, x), "first item is no single number"),
    ],
)
def test_what_is_no_loss(forward, said):
    with pytest.raises(DeriveError, match=said):
        trace_function(forward, (X,))


# --- errors ---------------------------------------------------------------------------


def test_numpy_s_words_at_the_user_s_line():
    def layer(x, w):
        return np.dot(x, w)

    def forward(x, w):
        h = layer(x, w)
        return np.sum(h)

    line = layer.__code__.co_firstlineno + 1
    with pytest.raises(TraceError) as refused:
        trace_function(forward, (X, X))
    assert str(refused.value) == (
        f"line {line}, return np.dot(x, w): NumPy raised ValueError: shapes (2,3) and "
        "(2,3) not aligned: 3 (dim 1) != 2 (dim 0)"
    )


def test_the_user_s_own_exception():
    def forward(x):
        if x.shape[0] == 2:
            raise RuntimeError("two rows are too few")
        return np.sum(x)

    with pytest.raises(TraceError, match="Python raised RuntimeError: two rows"):
        trace_function(forward, (X,))


@pytest.mark.parametrize(
    ("function", "args", "said"),
    [
        (lambda x: x.sum(), (), "missing a required argument: 'x'"),
        (lambda x: x.sum(), (X * 1j,), "complex"),
        (lambda x: x.sum(), (np.array(["a"]),), "text"),
        (lambda x: x.sum(), (np.array([X, None], object),), "Python objects"),
        (dict, (X,), "no Python function|returns a dict"),
    ],
)
def test_refused(function, args, said):
    with pytest.raises(ClearpropError, match=said):
        trace_function(function, args)


def test_globals_are_put_back_after_a_failure():
    def forward(x):
        return np.sum(W @ x)

    with pytest.raises(TraceError):
        trace_function(forward, (X,))
    assert type(W) is np.ndarray


def test_a_trace_inside_a_trace():
    def inner(x):
        return np.sum(x**2)

    def forward(x):
        assert trace_function(inner, (X,)).loss.shape == ()
        return np.sum(x)

    check(forward, X)
