"""A forward and a backward function, compared as a whole."""

from __future__ import annotations

import numpy as np
import pytest

import clearprop as cp

RNG = np.random.default_rng(0)
X, W, B = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)), RNG.normal(size=2)


def dense(x, w, b):
    z = x @ w + b
    return np.tanh(z), (x, w, z)


def dense_backward(dout, cache):
    x, w, z = cache
    dz = dout * (1 - np.tanh(z) ** 2)
    return dz @ w.T, x.T @ dz, dz.sum(axis=0)


def squared(x, w):
    return 0.5 * np.sum((x @ w) ** 2)


def test_a_right_pair_names_every_gradient():
    report = cp.check(dense, dense_backward, X, W, B)
    assert report.verdict == "right"
    assert [c.claim for c in report.claims] == ["dL/d x", "dL/d w", "dL/d b"]


@pytest.mark.parametrize(
    ("which", "change", "mistake"),
    [
        (1, lambda g: -g, "sign"),
        (2, lambda g: 3 * g, "scale"),
        (2, lambda g: g[None], "shape"),
        (0, lambda g: g**2, "unknown"),
    ],
)
def test_one_wrong_gradient_is_named(which, change, mistake):
    def backward(dout, cache):
        found = list(dense_backward(dout, cache))
        found[which] = change(found[which])
        return tuple(found)

    report = cp.check(dense, backward, X, W, B)
    assert report.verdict == "wrong"
    (finding,) = report.findings
    assert (finding.variable, finding.mistake) == ("d" + "xwb"[which], mistake)


def test_gradients_by_name_without_an_upstream():
    def backward(x, w):
        return {"dw": x.T @ (x @ w), "dx": (x @ w) @ w.T}

    assert cp.check(squared, backward, X, W).verdict == "right"


def test_a_compiled_backward_pass_needs_no_source():
    backward = eval("lambda w, x: (x @ w) @ w.T")
    assert cp.check(squared, backward, X, W).verdict == "right"


def test_one_common_factor_is_a_convention():
    def backward(x, w):
        return 2 * (x @ w) @ w.T, 2 * x.T @ (x @ w)

    report = cp.check(squared, backward, X, W)
    assert report.verdict == "right"
    assert "2 times" in report.notes[0]


def test_under_an_upstream_gradient_no_constant_is_free():
    def doubled(dout, cache):
        return tuple(2 * g for g in dense_backward(dout, cache))

    report = cp.check(dense, doubled, X, W, B)
    assert [f.mistake for f in report.findings] == ["scale"] * 3


@pytest.mark.parametrize("third", [(), (None,)], ids=["left out", "None"])
def test_what_isn_t_returned_is_said_to_be_unchecked(third):
    def backward(dout, cache):
        return *dense_backward(dout, cache)[:2], *third

    report = cp.check(dense, backward, X, W, B)
    assert report.verdict == "right"
    assert report.notes == ["backward returns no dL/d b: it isn't checked"]


def test_a_place_is_kept_for_whole_numbers():
    whole = np.arange(12).reshape(4, 3)
    report = cp.check(dense, dense_backward, whole, W, B)
    assert report.verdict == "right"
    assert [c.claim for c in report.claims] == ["dL/d w", "dL/d b"]


def test_nothing_returned_is_no_gradient():
    report = cp.check(dense, lambda dout, cache: None, X, W, B)
    assert report.verdict == "undecided"
    assert "in the order of its arguments" in report.reason


def test_a_forward_pass_that_raises_is_not_the_backward_pass_s_fault():
    report = cp.check(dense, dense_backward, X, W, np.ones(5))
    assert report.verdict == "undecided"
    assert report.reason.startswith("dense raised ValueError")


def test_what_it_raises_is_a_crash():
    def backward(x, w):
        return x @ x

    report = cp.check(squared, backward, X, W)
    assert (report.verdict, report.findings[0].mistake) == ("wrong", "crash")


@pytest.mark.parametrize("given", [(squared,), (squared, X), (3,), (None, "x")])
def test_anything_else_is_refused(given):
    with pytest.raises(cp.ClearpropError, match=r"check\(forward, backward, x, w\)"):
        cp.check(*given)
