"""What the numbers show: each remark with the numbers that call for it, and with
others, near by, that don't."""

import numpy as np
import pytest

from clearprop.backward import derive
from clearprop.explain import explain

from .networks import (
    X,
    classifier,
    explained,
    kinds,
    network,
    relu_network,
    sigmoid,
    the_3_2_1,
    the_4_8_3,
)


def texts(explanation, kind):
    return [r.text for r in explanation.remarks if r.kind == kind]


def test_healthy_numbers_call_for_no_remark():
    assert kinds(the_3_2_1()) == []


# -- saturation ------------------------------------------------------------------------


def perceptron(x, w, b, t):
    y = sigmoid(np.dot(x, w) + b)
    return 0.5 * (y - t) ** 2


def at_output(y):
    """The bias for which the perceptron answers y."""
    x, w = np.array([2.0, 4.0, 5.0]), np.array([0.1, 0.2, 0.3])
    return explained(perceptron, x, w, np.log(y / (1 - y)) - x @ w, 0.0, wrt="w")


def test_the_perceptron_at_0_99999992_is_saturated():
    (text,) = texts(at_output(0.99999992), "saturated")
    assert text == (
        "y is 0.99999992: the sigmoid is saturated, its slope y * (1 - y) is 8e-08, "
        "and almost nothing passes back through it."
    )


def test_other_numbers_other_sentences():
    (text,) = texts(at_output(0.00000321), "saturated")
    assert "y is 3.21e-06" in text and "is 3.2e-06" in text


def test_the_perceptron_at_0_999_is_not_saturated():
    assert kinds(at_output(0.999)) == []


def tanh_unit(x, w):
    h = np.tanh(x * w)
    return np.sum(h)


@pytest.mark.parametrize("w, found", [(4.0, False), (6.0, True), (30.0, True)])
def test_a_saturated_tanh(w, found):
    explanation = explained(tanh_unit, 1.0, w, wrt="w")
    assert ("saturated" in kinds(explanation)) is found
    if w == 30:  # tanh(30) rounds to 1
        assert "nothing passes back" in texts(explanation, "saturated")[0]
        assert "almost" not in texts(explanation, "saturated")[0]


def test_many_saturated_entries_are_counted():
    x = np.linspace(-12, 12, 25)
    explanation = explained(lambda x, w: np.sum(sigmoid(x * w)), x, np.ones(25))
    (text,) = texts(explanation, "saturated")
    count = int((sigmoid(x) * (1 - sigmoid(x)) < 1e-4).sum())
    assert text.startswith(f"{count} of 25 entries")


@pytest.mark.parametrize("scale, found", [(1, False), (100, True)])
def test_a_softmax_that_is_one_hot(scale, found):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), np.array([0, 1, 0, 1])
    args = x, y, rng.normal(size=(3, 5)), scale * rng.normal(size=(5, 2))
    explanation = explained(classifier, *args, wrt=("W1", "W2"))
    assert ("one-hot" in kinds(explanation)) is found


def test_a_masked_softmax_is_not_called_one_hot():
    def causal(scores):
        masked = np.where(np.tri(3) > 0, scores, -1e9)
        e = np.exp(masked - masked.max(axis=1, keepdims=True))
        return np.sum((e / e.sum(axis=1, keepdims=True)) ** 2)

    assert "one-hot" not in kinds(explained(causal, np.eye(3)))


# -- ReLU ------------------------------------------------------------------------------


def relu_with_bias(b1):
    rng = np.random.default_rng(0)
    args = rng.uniform(0, 1, (5, 4)), rng.normal(size=(5, 3)), rng.uniform(0, 1, (4, 3))
    more = np.array(b1, dtype=float), rng.normal(size=(3, 3)), np.zeros(3)
    return explained(relu_network, *args, *more, wrt=("W1", "b1", "W2", "b2"))


def test_a_unit_that_is_inactive_for_every_example():
    (text,) = texts(relu_with_bias([0, -100, 0]), "dead units")
    assert text.startswith("Unit 1 of h (1 of 3) is inactive for all 5 examples")


def test_a_unit_that_one_example_wakes_is_not_dead():
    rng = np.random.default_rng(0)
    x, _, w = (
        rng.uniform(0, 1, (5, 4)),
        rng.normal(size=(5, 3)),
        rng.uniform(0, 1, (4, 3)),
    )
    least, *_, second, most = np.sort((x @ w)[:, 1])
    assert "dead units" not in kinds(relu_with_bias([0, -(most + second) / 2, 0]))
    assert "dead units" in kinds(relu_with_bias([0, -most - (most - least), 0]))


def test_a_layer_without_an_active_unit():
    explanation = relu_with_bias([-100, -100, -100])
    (text,) = texts(explanation, "dead layer")
    assert text.startswith("All 3 units of h are inactive for all 5 examples")
    assert "dead units" not in kinds(explanation)


def test_a_hinge_is_not_a_dead_unit():
    def hinge(x, w, y):
        return np.mean(np.maximum(0, 1 - y * (x @ w)))

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 2)), np.ones(6)
    assert not {"dead units", "dead layer"} & set(
        kinds(explained(hinge, x, np.ones(2), y))
    )


# -- the way back ----------------------------------------------------------------------


def test_where_the_gradient_becomes_zero_and_why():
    (text,) = texts(relu_with_bias([-100, -100, -100]), "zero")
    assert "becomes exactly zero at dW2" in text
    assert "the factor h.T is 0 everywhere" in text


def test_an_error_of_zero_is_named_at_its_root():
    w = np.array([[0.5, -0.6], [0.1, -0.2], [0.1, 0.7]])
    output = 0.48497343084992534
    explanation = explained(
        network, X, output, w, np.array([0.1, -0.3]),
        wrt=("weights_input_hidden", "weights_hidden_output"),
    )  # fmt: skip
    found = texts(explanation, "zero")
    if np.all(explanation.steps[4].value.values == 0):
        assert "doutput" in found[0]
        assert "Every gradient after it is zero as well" in found[0]


def test_zero_weights_stop_the_error():
    rng = np.random.default_rng(0)
    explanation = the_4_8_3(W2=np.zeros((8, 3)))
    (text,) = texts(explanation, "zero")
    assert "dh" in text and "the factor W2.T is 0 everywhere" in text
    assert "zero" not in kinds(the_4_8_3(W2=1e-9 * rng.normal(size=(8, 3))))


def deep(x, a, b, c, d):
    return np.sum(np.tanh(np.tanh(np.tanh(np.tanh(x @ a) @ b) @ c) @ d))


@pytest.mark.parametrize(
    "scale, found", [(0.5, None), (0.02, "vanishing"), (None, None)]
)
def test_error_terms_that_vanish(scale, found):
    rng = np.random.default_rng(0)
    scale = 1.0 if scale is None else scale
    weights = [scale * np.linalg.qr(rng.normal(size=(4, 4)))[0] for _ in range(4)]
    names = kinds(explained(deep, 0.1 * np.ones(4), *weights, wrt=tuple("abcd")))
    assert {"vanishing", "exploding"} & set(names) == ({found} if found else set())


def test_error_terms_that_explode():
    def linear(x, a, b, c, d):
        return np.sum(np.sin(np.sin(np.sin(np.sin(x @ a) @ b) @ c) @ d))

    weights = [30 * np.eye(3) for _ in range(4)]
    explanation = explained(linear, 1e-6 * np.ones(3), *weights, wrt=tuple("abcd"))
    (text,) = texts(explanation, "exploding")
    assert "in the hidden layer 1 δ is" in text and "times larger" in text


@pytest.mark.parametrize("scale, found", [(0.9, []), (0.1, ["vanishing"])])
def test_error_terms_that_vanish_in_time(scale, found):
    def recurrent(x, w, u):
        h = np.zeros(2)
        for t in range(6):
            h = np.tanh(x[t] @ w + h @ u)
        return np.sum(h)

    rng = np.random.default_rng(0)
    x, w = 0.1 * rng.normal(size=(6, 2)), rng.normal(size=(2, 2))
    explanation = explained(recurrent, x, w, scale * np.eye(2), wrt=("w", "u"))
    assert sorted(set(kinds(explanation))) == found


def test_units_that_start_equal_stay_equal():
    rng = np.random.default_rng(0)
    same = np.ones((4, 8))
    explanation = the_4_8_3(W1=same, b1=np.zeros(8), W2=np.ones((8, 3)))
    assert "twins" in kinds(explanation)
    other = the_4_8_3(W1=same, b1=np.zeros(8), W2=rng.normal(size=(8, 3)))
    assert "twins" not in kinds(other)


# -- the user's own lines --------------------------------------------------------------


def with_transpose(x, w):
    return np.sum(np.dot(x.T, w) ** 2)


def test_a_transpose_that_does_nothing():
    x = np.arange(3.0)
    (text,) = texts(explained(with_transpose, x, np.ones(3)), "idle transpose")
    assert "x is a 1-D array, so x.T is x itself" in text
    assert "x[:, None]" in text


def test_a_transpose_of_one_row_does_something():
    row = np.arange(3.0)[:, None]
    assert "idle transpose" not in kinds(
        explained(with_transpose, row, np.ones((3, 1)))
    )


def overflowing(x, w):
    y = 1 / (1 + np.exp(-x * w))
    return np.sum((y - 1) ** 2)


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_forward_pass_that_overflows_although_its_result_is_finite():
    (text,) = texts(
        explained(overflowing, np.array([-800.0, 1.0]), np.ones(2)), "overflow"
    )
    assert "np.exp(800) overflows to inf" in text and "np.tanh" in text


def test_a_large_exponential_that_does_not_overflow():
    explanation = explained(overflowing, np.array([-700.0, 1.0]), np.ones(2))
    assert "overflow" not in kinds(explanation)


# -- not finite ------------------------------------------------------------------------


def test_nan_in_the_arguments_is_traced_to_them():
    backward = derive(tanh_unit, 1.0, 0.5, wrt="w")
    x = next(leaf.node for leaf in backward.trace.leaves if leaf.label == "x")
    explanation = explain(backward, {x: float("nan")})
    (text,) = texts(explanation, "not finite")
    assert text.startswith("x comes with nan in it")
    assert "nan" in explanation.to_text()
    assert kinds(explain(backward, {x: 2.0})) == []


def test_a_mask_of_minus_infinity_is_meant():
    def causal(scores):
        masked = np.where(np.tri(3) > 0, scores, -np.inf)
        e = np.exp(masked - masked.max(axis=1, keepdims=True))
        return np.sum((e / e.sum(axis=1, keepdims=True)) ** 2)

    assert "not finite" not in kinds(explained(causal, np.eye(3)))


def test_remarks_of_one_kind_are_kept_few():
    def many(x, a, b, c, d, e):
        total = 0.0
        for w in (a, b, c, d, e):
            s = np.tanh(x * w)
            total = total + s
        return np.sum(total)

    explanation = explained(many, np.array([1.0]), *(9.0 + np.arange(5.0)[:, None]))
    found = texts(explanation, "saturated")
    assert len(found) == 3
    assert "3 other places" in found[-1]
