"""The public object: what it is called with, what it gives, when it derives again."""

import itertools

import numpy as np
import pytest
from reference import assert_same, numeric_gradients

import clearprop
from clearprop.errors import ClearpropWarning, DeriveError


def layered(params, x, y):
    h = x
    for W, b in params["layers"]:
        h = np.tanh(h @ W + b)
    return np.mean((h - y) ** 2)


def arguments(rng, widths, rows):
    pairs = itertools.pairwise(widths)
    layers = [(rng.normal(size=pair), rng.normal(size=pair[1])) for pair in pairs]
    x, y = rng.normal(size=(rows, widths[0])), rng.normal(size=(rows, widths[-1]))
    return {"layers": layers}, x, y


def test_other_sizes_and_other_depths_are_right():
    rng = np.random.default_rng(0)
    backward = clearprop.derive(layered, *arguments(rng, (3, 4, 2), 5), wrt="params")
    shapes = [((3, 4, 2), 7), ((2, 2, 2, 2), 3), ((5, 1), 1), ((3, 4, 2), 5)]
    for widths, rows in shapes:
        args = arguments(rng, widths, rows)
        want = numeric_gradients(layered, args, ("params",))
        assert_same(backward(*args), want, 1e-6, 1e-8)
        loss, found = backward.loss_and_gradients(*args)
        assert loss == pytest.approx(layered(*args), rel=1e-12)
        assert_same(found, want, 1e-6, 1e-8)


def test_the_written_source_refuses_another_depth():
    rng = np.random.default_rng(0)
    backward = clearprop.derive(layered, *arguments(rng, (3, 4, 2), 5))
    namespace = {}
    exec(backward.source, namespace)
    with pytest.raises(ValueError, match="lists of other lengths"):
        namespace[backward.name](*arguments(rng, (3, 4, 4, 2), 5))


class Net:
    def __init__(self, rng):
        self.W = rng.normal(size=(3, 2))
        self.scale = 1.0

    def loss(self, x):
        return np.sum(np.tanh(x @ self.W) * self.scale)


def test_captured_arrays_are_read_when_it_is_called():
    rng = np.random.default_rng(0)
    net, x = Net(rng), rng.normal(size=(4, 3))
    backward = clearprop.derive(net.loss, x)
    for _ in range(2):
        net.W += 0.5
        slope = 1 - np.tanh(x @ net.W) ** 2
        np.testing.assert_allclose(backward(x)["self.W"], x.T @ slope, rtol=1e-12)


def test_a_changed_option_of_the_object_is_noticed():
    rng = np.random.default_rng(0)
    net, x = Net(rng), rng.normal(size=(4, 3))
    backward = clearprop.derive(net.loss, x)
    net.scale = 3.0
    slope = 3 * (1 - np.tanh(x @ net.W) ** 2)
    np.testing.assert_allclose(backward(x)["self.W"], x.T @ slope, rtol=1e-12)


def branching(x, mode="sum"):
    if mode == "sum":
        return np.sum(x**2)
    if x[0] > 0:
        return np.prod(x)
    return np.sum(x)


@pytest.mark.parametrize("mode", ["sum", "other"])
@pytest.mark.parametrize("first", [1.5, -1.5])
def test_branches_are_guarded_and_derived_again(mode, first):
    backward = clearprop.derive(branching, np.array([0.5, 2.0]), "other")
    x = np.array([first, 2.0])
    want = numeric_gradients(branching, (x, mode), ("x",))
    assert_same(backward(x, mode), want | {}, 1e-6, 1e-8)


def test_wrt_by_name_and_by_position():
    x, w = np.ones((2, 3)), np.ones(3)
    for wrt in ("w", 1, -1, ("w",), [1]):
        backward = clearprop.derive(lambda x, w: np.sum(x @ w), x, w, wrt=wrt)
        assert list(backward(x, w)) == ["w"]


def test_what_wrt_cannot_be():
    x, labels = np.ones((2, 3)), np.array([0, 1])

    def forward(x, labels):
        return np.sum(x[np.arange(2), labels])

    with pytest.raises(DeriveError, match="holds integers"):
        clearprop.derive(forward, x, labels, wrt="labels")
    with pytest.raises(DeriveError, match="is not an array that forward reads"):
        clearprop.derive(forward, x, labels, wrt="weights")
    with pytest.raises(DeriveError, match="2 arguments"):
        clearprop.derive(forward, x, labels, wrt=5)
    with pytest.raises(DeriveError, match="style"):
        clearprop.derive(forward, x, labels, style="neat")


def test_no_dependence_is_zero_and_said():
    with pytest.warns(ClearpropWarning, match="does not depend on unused"):
        backward = clearprop.derive(
            lambda x, unused: np.sum(x), np.ones(3), np.ones((2, 2))
        )
    assert backward(np.ones(3), np.ones((2, 2)))["unused"].tolist() == [[0, 0], [0, 0]]


def dropout(x, W, rng):
    h = np.tanh(x @ W)
    h *= rng.random(h.shape) < 0.5
    return np.sum(h**2)


def test_random_draws_are_made_again_in_order():
    x, W = np.random.default_rng(1).normal(size=(2, 4, 4))
    backward = clearprop.derive(dropout, x, W, np.random.default_rng(0))
    want = numeric_gradients(
        lambda x, W: dropout(x, W, np.random.default_rng(7)), (x, W), ("x", "W")
    )
    assert_same(backward(x, W, np.random.default_rng(7)), want, 1e-6, 1e-8)


def test_deriving_leaves_the_generator_as_it_was():
    x, W = np.random.default_rng(1).normal(size=(2, 4, 4))
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    clearprop.derive(dropout, x, W, rng)
    assert rng.bit_generator.state == state


def test_gradients_share_no_memory_with_arguments():
    a, b = np.ones((2, 2)), np.full((2, 2), 3.0)
    found = clearprop.derive(lambda a, b: np.sum(a * b), a, b)(a, b)
    found["a"] += 1
    found["b"] += 1
    assert (b == 3).all() and (a == 1).all()


@pytest.mark.parametrize("kind", [int, np.int64, np.array], ids=lambda k: k.__name__)
def test_a_label_is_an_argument_whatever_kind_of_integer_it_is(kind):
    """``backward(x[i], t[i], W)``: ``t[i]`` is a NumPy scalar, and no constant."""

    def forward(x, t, W):
        z = x @ W
        p = np.exp(z) / np.sum(np.exp(z))
        return -np.log(p[t])

    x, W = np.array([0.5, -1.0]), np.array([[0.1, 0.4, -0.2], [0.3, -0.5, 0.2]])
    backward = clearprop.derive(forward, x, kind(1), W, wrt="W")
    p = np.exp(x @ W) / np.sum(np.exp(x @ W))
    for label in range(3):
        wanted = np.outer(x, p - np.eye(3)[label])
        assert np.allclose(backward(x, kind(label), W)["W"], wanted)
